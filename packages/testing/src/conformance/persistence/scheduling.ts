import type { Due, Persistence } from '@tidings/core';

import { messageOf } from './helpers.ts';

export const PAST: Due = { at: '2001-09-09T01:46:40.000Z' };
export const NOW: Due = { inMs: 0 };
export const LATER: Due = { inMs: 3_600_000 };

/** Schedules messages with these ids, in one unit of work. */
export async function schedule(
  persistence: Persistence,
  due: Due,
  ...ids: readonly string[]
): Promise<void> {
  const unit = await persistence.begin();
  const scheduled = ids.map((id) => ({ envelope: messageOf(id), due }));
  await unit.commit({ messages: [], scheduled });
}

/** Releases until nothing is due. */
export async function releaseAll({ scheduled }: Persistence, limit = 100): Promise<number> {
  let released = 0;
  while (((await scheduled.nextDueIn()) ?? 1) <= 0) {
    released += (await scheduled.release(limit)).count;
  }
  return released;
}

/** Ids whose order is that of their numbers. */
export const numbered = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `m${String(index).padStart(3, '0')}`);
