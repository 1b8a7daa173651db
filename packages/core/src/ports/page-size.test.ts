import { expect, it } from 'vitest';

import { pageSize } from './page-size.ts';

it.each([
  [50, 50],
  [501, 500],
  [1e9, 500],
  [0, 1],
  [-1, 1],
])('a page of %s has %s entries where 500 are the most', (limit, size) => {
  expect(pageSize(limit, 500)).toBe(size);
});
