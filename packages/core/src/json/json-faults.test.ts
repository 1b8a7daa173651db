import { describe, expect, it } from 'vitest';

import { assertJson, jsonFaults } from './json-faults.ts';

describe('jsonFaults', () => {
  it('finds nothing in what JSON keeps as it is', () => {
    expect(jsonFaults({ a: [1, 'x', null, true, { b: undefined }], 'ü 😀': -1.5e-7 })).toEqual([]);
  });

  it('names every value that JSON would change, with its path', () => {
    const odd = {
      date: new Date(0),
      big: 1n,
      list: [Number.NaN, Infinity, -0, undefined],
      'odd key': () => 1,
      map: new Map(),
      ['__proto__']: 1,
    };
    Object.defineProperty(odd, '__proto__', { value: 1, enumerable: true });
    expect(jsonFaults(odd).map(({ path }) => path)).toEqual([
      '$.date',
      '$.big',
      '$.list[0]',
      '$.list[1]',
      '$.list[2]',
      '$.list[3]',
      '$["odd key"]',
      '$.map',
      '$.__proto__',
    ]);
  });

  it('stops at cycles and depths without overflowing', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(jsonFaults(cycle)).toHaveLength(1);
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(jsonFaults(deep)[0]?.fault).toContain('nested deeper than 100');
    expect(jsonFaults(deep, { maxDepth: 1_000_000 })[0]?.fault).toContain('nested deeper than');
  });

  it('refuses NUL and lone surrogates only where jsonb has to hold them', () => {
    const texts = { nul: 'a\0b', half: '\uD83D', key: { 'x\0': 1 }, whole: '😀' };
    expect(jsonFaults(texts)).toEqual([]);
    expect(jsonFaults(texts, { jsonb: true }).map(({ path }) => path)).toEqual([
      '$.nul',
      '$.half',
      '$.key["x\\u0000"]',
    ]);
  });

  it('lists at most twenty faults', () => {
    expect(jsonFaults(Array.from({ length: 1000 }, () => 1n))).toHaveLength(20);
  });
});

it('assertJson throws one error with all faults', () => {
  expect(() => assertJson('The order', { a: 1n, b: Number.NaN })).toThrow(
    'The order cannot be stored as it is: $.a is a bigint; $.b is NaN. Convert these values first.',
  );
});
