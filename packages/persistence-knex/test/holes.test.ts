import { describe, expect, test } from 'vitest';

import { gapsBetween, remainingHoles } from '../src/log/holes.ts';

const running = { xmin: '100', xmax: '200' };

describe('gaps', () => {
  test('are the numbers missing before each one found', () => {
    expect(gapsBetween(3, [4, 6, 7, 10])).toEqual([
      { from: 5, to: 5 },
      { from: 8, to: 9 },
    ]);
  });

  test('never lie above the last number found', () => {
    expect(gapsBetween(3, [])).toEqual([]);
  });
});

describe('a hole', () => {
  const hole = { from: 5, to: 9, horizon: '150' };

  test('stays as long as a transaction that may fill it runs', () => {
    expect(remainingHoles([hole], [], new Set(), running)).toEqual({ kept: [hole], renewed: [] });
  });

  test('is dropped once all that may fill it have ended', () => {
    const over = { xmin: '150', xmax: '200' };
    expect(remainingHoles([hole], [], new Set(), over)).toEqual({ kept: [], renewed: [] });
  });

  test('is divided by a number that came in', () => {
    expect(remainingHoles([hole], [7], new Set([7]), running).kept).toEqual([
      { from: 5, to: 6, horizon: '150' },
      { from: 8, to: 9, horizon: '150' },
    ]);
  });

  test('keeps a number that came in with the last that may fill it, but was beyond the limit', () => {
    const over = { xmin: '150', xmax: '200' };
    expect(remainingHoles([hole], [6, 8], new Set([6]), over).kept).toEqual([
      { from: 8, to: 8, horizon: '150' },
    ]);
  });

  test('gets a new horizon when its own comes from before a dump and restore', () => {
    const restored = { xmin: '10', xmax: '12' };
    expect(remainingHoles([hole], [], new Set(), restored)).toEqual({
      kept: [],
      renewed: [{ from: 5, to: 9 }],
    });
  });
});

describe('a hole that was looked at only in part', () => {
  test('keeps the part that was not looked at, though all that may fill it have ended', () => {
    const over = { xmin: '150', xmax: '200', lookedUpTo: 6 };
    const hole = { from: 5, to: 9, horizon: '150' };
    expect(remainingHoles([hole], [5, 6], new Set([5, 6]), over).kept).toEqual([
      { from: 7, to: 9, horizon: '150' },
    ]);
  });
});
