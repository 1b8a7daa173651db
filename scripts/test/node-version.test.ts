import { expect, it } from 'vitest';
import { isSupportedNode } from '../lib/node-version.mjs';

it.each([
  ['v18.20.0', false],
  ['v20.18.3', false],
  ['v20.19.0', true],
  ['v20.20.2', true],
  ['v21.7.3', false],
  ['v22.11.0', false],
  ['v22.12.0', true],
  ['v23.0.0', true],
  ['v24.21.0', true],
])('Node %s: supported %s', (version, supported) => {
  expect(isSupportedNode(version)).toBe(supported);
});
