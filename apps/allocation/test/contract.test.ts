import { readFileSync } from 'node:fs';

import { compareContracts, describeChanges, formatContract } from '@tidings/core';
import type { Contract } from '@tidings/core';
import { expect, test } from 'vitest';

import * as allocation from '../src/allocation/messages.ts';
import { appContract } from '../src/contract/app-contract.ts';
import * as restocking from '../src/restocking/messages.ts';

const text = readFileSync(new URL('../contract.json', import.meta.url), 'utf8');
const contract = appContract();

test('no message has changed in a way that breaks what is stored, or those who exchange it', () => {
  const { breaking } = compareContracts(JSON.parse(text) as Contract, contract);
  expect(describeChanges(breaking)).toBe('');
});

test('the contract is the one that is written down; where a change is compatible, `pnpm contract` writes it anew', () => {
  expect(formatContract(contract)).toBe(text);
});

test('every message that the app defines is in its contract', () => {
  const defined = [allocation, restocking]
    .flatMap((module) => Object.values(module))
    .map(({ type }) => type);
  expect(Object.keys(contract.messages)).toEqual(expect.arrayContaining(defined));
});
