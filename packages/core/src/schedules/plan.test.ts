import { describe, expect, it } from 'vitest';

import type { Misfire } from '../handlers/schedule.ts';
import { planOf, type Plan } from './plan.ts';
import { Timetable } from './timetable.ts';

const hourly = new Timetable('0 * * * *', 'UTC');
const at = (time: string): Date => new Date(`2026-01-01T${time}Z`);

const time = (date: Date): string => date.toISOString().slice(11, 19);

/** The plan for an hourly schedule whose next instant is `due`, as times of day. */
function planned(
  due: string,
  now: string,
  options: { misfire?: Misfire; resumedAt?: string; timetable?: Timetable } = {},
): { readonly fires: readonly string[]; readonly next: string } | undefined {
  const { misfire = 'once', resumedAt, timetable = hourly } = options;
  const progress = {
    now: at(now),
    nextDueAt: at(due),
    resumedAt: resumedAt === undefined ? undefined : at(resumedAt),
  };
  const plan: Plan | undefined = planOf(progress, timetable, { misfire, graceMs: 60_000 });
  return plan && { fires: plan.instants.map(time), next: time(plan.nextDueAt) };
}

describe('a schedule', () => {
  it('is left alone until its next instant has come', () => {
    expect(planned('03:00:00', '02:59:59.999')).toBeUndefined();
  });

  it('fires an instant that has come, and goes on with the one after that instant', () => {
    expect(planned('03:00:00', '03:00:00')).toEqual({ fires: ['03:00:00'], next: '04:00:00' });
  });

  it.each(['once', 'skip', 'all'] as const)(
    'fires an instant that is late by no more than its grace, whatever its rule (%s)',
    (misfire) => {
      const late = { fires: ['03:00:00'], next: '04:00:00' };
      expect(planned('03:00:00', '03:01:00', { misfire })).toEqual(late);
    },
  );

  it('fires once for all that were missed, for the latest, where its rule is once', () => {
    expect(planned('03:00:00', '03:01:00.001')).toEqual({ fires: ['03:00:00'], next: '04:00:00' });
    expect(planned('03:00:00', '09:30:00')).toEqual({ fires: ['09:00:00'], next: '10:00:00' });
    expect(planned('03:00:00', '09:00:30')).toEqual({ fires: ['09:00:00'], next: '10:00:00' });
  });

  it('passes over what was missed where its rule is skip, but not what is only late', () => {
    const misfire = 'skip';
    expect(planned('03:00:00', '09:30:00', { misfire })).toEqual({ fires: [], next: '10:00:00' });
    expect(planned('03:00:00', '09:00:30', { misfire })).toEqual({ fires: [], next: '09:00:00' });
    expect(planned('03:00:00', '09:01:00', { misfire })).toEqual({ fires: [], next: '09:00:00' });
  });

  it('fires each that was missed, in order, where its rule is all', () => {
    const misfire = 'all';
    expect(planned('03:00:00', '05:30:00', { misfire })).toEqual({
      fires: ['03:00:00', '04:00:00', '05:00:00'],
      next: '06:00:00',
    });
  });

  it('fires a hundred at once at most', () => {
    const timetable = new Timetable('* * * * *', 'UTC');
    const plan = planned('00:00:00', '12:00:00', { misfire: 'all', timetable });
    expect(plan?.fires).toHaveLength(100);
    expect(plan?.next).toBe('01:40:00');
  });

  it('passes over what came while it was paused', () => {
    const resumedAt = '05:30:00';
    const on = { fires: [], next: '06:00:00' };
    expect(planned('03:00:00', '05:30:01', { resumedAt })).toEqual(on);
    expect(planned('03:00:00', '08:00:00', { resumedAt })).toEqual(on);
    expect(planned('06:00:00', '06:00:01', { resumedAt })).toEqual({
      fires: ['06:00:00'],
      next: '07:00:00',
    });
  });

  it('fires an instant whose timetable would not have it any more', () => {
    expect(planned('03:30:00', '03:40:00')).toEqual({ fires: ['03:30:00'], next: '04:00:00' });
  });
});
