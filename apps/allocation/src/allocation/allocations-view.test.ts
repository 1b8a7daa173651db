import { expect, test } from 'vitest';

import { changesOf, type LineChange } from './allocations-view.ts';

const change = (kind: LineChange['kind'], orderid: string, batchref: string): LineChange => ({
  kind,
  line: { orderid, sku: 'SOFA', qty: 1, batchref },
});

test('of many changes of a line the last is left', () => {
  const changes = [
    change('put', 'o1', 'b1'),
    change('put', 'o2', 'b1'),
    change('remove', 'o1', 'b1'),
    change('put', 'o1', 'b2'),
    change('remove', 'o2', 'b1'),
  ];
  expect(changesOf(changes)).toEqual([change('put', 'o1', 'b2'), change('remove', 'o2', 'b1')]);
});

test('a line that has gone to another batch is not taken out', () => {
  const moved = [change('put', 'o1', 'b2'), change('remove', 'o1', 'b1')];
  expect(changesOf(moved)).toEqual([change('put', 'o1', 'b2')]);
});
