import { describe, expect, it } from 'vitest';

import { dueOf, requiredDueOf } from './due.ts';

const NOW = Date.UTC(2026, 0, 1);
const due = (options: object): unknown => dueOf('send x', options, NOW);
const DAY_MS = 86_400_000;

describe('the due time of options', () => {
  it('is none where they ask for none', () => {
    expect(due({})).toBeUndefined();
    expect(due({ at: undefined, in: undefined })).toBeUndefined();
  });

  it('is a moment, in UTC, or a time from now', () => {
    expect(due({ at: new Date(NOW) })).toEqual({ at: '2026-01-01T00:00:00.000Z' });
    expect(due({ at: '2026-03-29T02:30:00.5+01:00' })).toEqual({ at: '2026-03-29T01:30:00.500Z' });
    expect(due({ at: '2024-02-29T12:00Z' })).toEqual({ at: '2024-02-29T12:00:00.000Z' });
    expect(due({ in: 0 })).toEqual({ inMs: 0 });
    expect(due({ in: 1.5 })).toEqual({ inMs: 1.5 });
  });

  it('may have passed, and may be years ahead', () => {
    expect(due({ at: '1970-01-01T00:00:00Z' })).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    expect(due({ at: '9999-12-31T23:59:59.999Z' })).toEqual({ at: '9999-12-31T23:59:59.999Z' });
    expect(due({ in: 1000 * DAY_MS })).toEqual({ inMs: 1000 * DAY_MS });
  });

  it.each([
    ['a month that no year has', '2024-13-45T00:00:00Z'],
    ['a day that its month does not have', '2023-02-29T00:00:00Z'],
    ['an hour that no day has', '2024-01-01T24:00:00Z'],
    ['a minute that no hour has', '2024-01-01T00:60:00Z'],
    ['no zone', '2024-01-01T00:00:00'],
    ['no time', '2024-01-01'],
    ['a zone without a colon', '2024-01-01T00:00:00+0100'],
    ['another language', '1 January 2024 00:00 UTC'],
    ['nothing', ''],
  ])('is refused as text with %s', (_, at) => {
    expect(() => due({ at })).toThrow('`at` must be a date that exists');
  });

  it.each([
    ['the year 0', '0000-01-01T00:00:00Z'],
    ['the year 1969', new Date(-1)],
    ['the year 10000', new Date(Date.UTC(9999, 11, 31, 24))],
    ['the last moment of JavaScript', new Date(8.64e15)],
  ])('is refused for %s', (_, at) => {
    expect(() => due({ at })).toThrow('from the year 1970 to the year 9999');
  });

  it.each([
    ['a date beyond what JavaScript has', new Date('+275761-01-01T00:00:00Z')],
    ['a number', NOW],
    ['null', null],
  ])('is refused for %s', (_, at) => {
    expect(() => due({ at })).toThrow('`at` must be a valid Date');
  });

  it.each([-1, Number.NaN, Infinity, '10', null, 10n])('is refused in %s milliseconds', (inMs) => {
    expect(() => due({ in: inMs })).toThrow('`in` must be milliseconds from 0');
  });

  it('is refused where it would come after the year 9999', () => {
    expect(() => due({ in: Number.MAX_SAFE_INTEGER })).toThrow('beyond the year 9999');
  });

  it('is refused with every fault in one error', () => {
    expect(() => due({ at: 'tomorrow', in: -1 })).toThrow(
      expect.objectContaining({
        code: 'TIDINGS_INVALID_OPTIONS',
        details: expect.objectContaining({
          subject: 'send x',
          faults: Array(3).fill(expect.any(String)),
        }),
      }),
    );
  });

  it('can be required', () => {
    expect(() => requiredDueOf('reschedule', {}, NOW)).toThrow('give `at` or `in`');
    expect(requiredDueOf('reschedule', { in: 1 }, NOW)).toEqual({ inMs: 1 });
  });
});
