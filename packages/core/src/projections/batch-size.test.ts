import { expect, it } from 'vitest';

import { BatchSize } from './batch-size.ts';

/** Applies the events from 1 to `last`, of which one fails, and gives the batches that were tried. */
function batches(size: BatchSize, last: number, poison: number, isKnown: boolean): number[] {
  const tried: number[] = [];
  for (let position = 0; position < last;) {
    const upTo = Math.min(last, position + size.current);
    tried.push(upTo - position);
    if (position < poison && upTo >= poison) {
      if (upTo - position === 1) return tried;
      size.failed(upTo - position, upTo, isKnown ? poison - position - 1 : undefined);
    } else {
      size.applied(upTo - position, upTo, 1);
      position = upTo;
    }
  }
  return tried;
}

it('grows while batches are full and quick, up to its maximum', () => {
  const size = new BatchSize(1000);
  const sizes = Array.from({ length: 6 }, () => {
    size.applied(size.current, 1, 10);
    return size.current;
  });
  expect(sizes).toEqual([200, 400, 800, 1000, 1000, 1000]);
  size.applied(1000, 1, 300);
  expect(size.current).toBe(1000);
});

it('does not grow where there is no more to apply, and shrinks when it takes long', () => {
  const size = new BatchSize(1000);
  size.applied(3, 3, 1);
  expect(size.current).toBe(100);
  size.applied(100, 103, 600);
  expect(size.current).toBe(50);
});

it('narrows a batch down to the event that fails, and does not grow before it', () => {
  const tried = batches(new BatchSize(1000), 100, 70, false);
  expect(tried.at(-1)).toBe(1);
  expect(Math.max(...tried.slice(1))).toBe(50);
  expect(tried.length).toBeLessThanOrEqual(12);
});

it('comes to the event that fails at once where it is known', () => {
  expect(batches(new BatchSize(1000), 100, 70, true)).toEqual([100, 69, 31, 1]);
});

it('grows again once it is past the events among which one failed', () => {
  const size = new BatchSize(1000);
  size.failed(100, 100, 0);
  size.applied(1, 99, 1);
  expect(size.current).toBe(1);
  size.applied(1, 100, 1);
  expect(size.current).toBe(2);
});
