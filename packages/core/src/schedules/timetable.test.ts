import { assert, constantFrom, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Timetable, timetableFaults } from './timetable.ts';

/** The next instants after a moment. */
function instants(expression: string, timeZone: string, from: string, count: number): string[] {
  const timetable = new Timetable(expression, timeZone);
  const found: string[] = [];
  for (let moment = new Date(from); found.length < count;) {
    moment = timetable.after(moment);
    found.push(moment.toISOString().replace('.000Z', 'Z'));
  }
  return found;
}

describe('the instants of a cron expression', () => {
  it('come after a moment, to the second', () => {
    const from = '2026-01-01T03:00:00Z';
    expect(instants('0 3 * * *', 'UTC', from, 1)).toEqual(['2026-01-02T03:00:00Z']);
    expect(instants('0 3 * * *', 'UTC', '2026-01-01T02:59:59.999Z', 1)).toEqual([from]);
    expect(instants('*/10 * * * * *', 'UTC', '2026-01-01T03:00:00.001Z', 2)).toEqual([
      '2026-01-01T03:00:10Z',
      '2026-01-01T03:00:20Z',
    ]);
    expect(instants('@daily', 'America/New_York', from, 1)).toEqual(['2026-01-01T05:00:00Z']);
  });

  it('up to a moment end with the latest, that moment included', () => {
    const timetable = new Timetable('0 3 * * *', 'UTC');
    expect(timetable.latest(new Date('2026-01-01T03:00:00Z'))).toEqual(
      new Date('2026-01-01T03:00:00Z'),
    );
    expect(timetable.latest(new Date('2026-01-01T02:59:59.999Z'))).toEqual(
      new Date('2025-12-31T03:00:00Z'),
    );
  });

  describe('in Berlin, on the night the clocks go from 2 to 3', () => {
    const night = '2026-03-28T12:00:00Z';

    it('come right after the gap where their time of day is skipped', () => {
      expect(instants('30 2 * * *', 'Europe/Berlin', night, 2)).toEqual([
        '2026-03-29T01:00:00Z',
        '2026-03-30T00:30:00Z',
      ]);
      expect(instants('30 2,14 * * *', 'Europe/Berlin', night, 3)).toEqual([
        '2026-03-28T13:30:00Z',
        '2026-03-29T01:00:00Z',
        '2026-03-29T12:30:00Z',
      ]);
    });

    it('go on by real time where they come every hour', () => {
      expect(instants('30 * * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', 3)).toEqual([
        '2026-03-29T00:30:00Z',
        '2026-03-29T01:30:00Z',
        '2026-03-29T02:30:00Z',
      ]);
    });

    it('keep their time of day on either side', () => {
      expect(instants('0 4 * * *', 'Europe/Berlin', night, 2)).toEqual([
        '2026-03-29T02:00:00Z',
        '2026-03-30T02:00:00Z',
      ]);
    });
  });

  describe('in Berlin, on the night the clocks go from 3 to 2', () => {
    const night = '2026-10-24T12:00:00Z';

    it('come once where their time of day happens twice, at the first', () => {
      expect(instants('30 2 * * *', 'Europe/Berlin', night, 2)).toEqual([
        '2026-10-25T00:30:00Z',
        '2026-10-26T01:30:00Z',
      ]);
      expect(instants('30 2,14 * * *', 'Europe/Berlin', night, 3)).toEqual([
        '2026-10-24T12:30:00Z',
        '2026-10-25T00:30:00Z',
        '2026-10-25T13:30:00Z',
      ]);
    });

    it('go on by real time where they come every hour', () => {
      expect(instants('30 * * * *', 'Europe/Berlin', '2026-10-25T00:00:00Z', 3)).toEqual([
        '2026-10-25T00:30:00Z',
        '2026-10-25T01:30:00Z',
        '2026-10-25T02:30:00Z',
      ]);
    });
  });

  it('are the same going forward and back', () => {
    const expressions = ['*/7 * * * *', '30 2 * * *', '15 1-3 * * *', '0 3 * * MON', '0 0 29 2 *'];
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'];
    const start = Date.UTC(2020, 0, 1);
    const moment = integer({ min: start, max: Date.UTC(2032, 0, 1) }).map((ms) => new Date(ms));
    const isSame = property(
      constantFrom(...expressions),
      constantFrom(...zones),
      moment,
      (expression, zone, now) => {
        const timetable = new Timetable(expression, zone);
        const latest = timetable.latest(now);
        if (latest === undefined) return;
        expect(latest.getTime()).toBeLessThanOrEqual(now.getTime());
        expect(timetable.after(new Date(latest.getTime() - 1))).toEqual(latest);
        expect(timetable.after(latest).getTime()).toBeGreaterThan(now.getTime());
      },
    );
    assert(isSame, { numRuns: 500 });
  });
});

describe('a timetable', () => {
  it('is told from others by its fields and its zone', () => {
    const { definition } = new Timetable(' 0  3 * * * ', 'Europe/Berlin');
    expect(definition).toBe('0 3 * * * Europe/Berlin');
  });

  it.each([
    ['0 3 * * *', 'Europe/Berlin'],
    ['*/5 * * * * *', 'UTC'],
    ['@weekly', 'Asia/Kathmandu'],
    ['0 0 L * *', 'UTC'],
    ['0 0 29 2 *', 'UTC'],
  ])('can be %s in %s', (expression, zone) => {
    expect(timetableFaults(expression, zone)).toEqual([]);
  });

  it.each([
    ['too few fields', '* * * *', 'five fields'],
    ['years', '0 0 0 1 1 * 2027', 'five fields'],
    ['a minute that no hour has', '60 * * * *', 'Invalid value for minute'],
    ['what is true only where it is read', '? 3 * * *', 'five fields'],
    ['a moment', '2027-01-01T00:00:00', 'send a command with `at`'],
    ['a day that never comes', '0 0 30 2 *', 'describes no instant'],
    ['nothing', '', 'five fields'],
    ['no text', 5, 'five fields'],
  ])('cannot have %s', (_, expression, fault) => {
    expect(timetableFaults(expression, 'UTC')).toEqual([expect.stringContaining(fault)]);
  });

  it.each(['Mars/Olympus', '+01:00', '', 5])('cannot be in the time zone %s', (zone) => {
    expect(timetableFaults('0 3 * * *', zone)).toEqual([expect.stringContaining('IANA')]);
    expect(timetableFaults('* *', zone)).toHaveLength(2);
  });
});
