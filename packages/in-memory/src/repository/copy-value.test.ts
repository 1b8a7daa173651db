import { isDeepStrictEqual } from 'node:util';

import { describe, expect, test } from 'vitest';

import { copyValue } from './copy-value.ts';

class Point {
  x: number;
  constructor(x: number) {
    this.x = x;
  }
  get double(): number {
    return this.x * 2;
  }
}

describe('copyValue', () => {
  test('copies are equal and share nothing that can change', () => {
    const shared = { deep: [1, { two: 2 }] };
    const original = {
      shared,
      again: shared,
      map: new Map<unknown, unknown>([[{ key: 1 }, new Set([shared])]]),
      date: new Date(0),
      bytes: Uint8Array.of(1, 2, 3),
      point: new Point(3),
      // oxlint-disable-next-line no-sparse-arrays -- a hole stays a hole
      holes: [1, , 3],
      odd: [-0, Number.NaN, 2n ** 70n, undefined, null, Symbol.iterator],
      [Symbol.for('test')]: { symbol: true },
    };
    const copy = copyValue(original);
    expect(isDeepStrictEqual(copy, original)).toBe(true);
    expect(copy.shared).not.toBe(shared);
    expect(copy.again).toBe(copy.shared);
    expect(copy.point.double).toBe(6);
    expect(1 in copy.holes).toBe(false);
    copy.bytes[0] = 9;
    copy.date.setTime(1);
    expect([original.bytes[0], original.date.getTime()]).toEqual([1, 0]);
  });

  test('cycles are copied, what is frozen stays frozen, and __proto__ is a key like any other', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const copy = copyValue(cycle);
    expect(copy.self).toBe(copy);
    expect(Object.isFrozen(copyValue(Object.freeze([1])))).toBe(true);
    const odd = JSON.parse('{"__proto__": {"a": 1}}') as object;
    expect(Object.keys(copyValue(odd))).toEqual(['__proto__']);
  });

  test('an instance of a class with #private members is refused', () => {
    class Hidden {
      #value = 1;
      get value(): number {
        return this.#value;
      }
    }
    expect(() => copyValue({ hidden: new Hidden() })).toThrow('#private');
  });
});
