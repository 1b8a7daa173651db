import type { Persistence } from '@tidings/core';
import { expect } from 'vitest';

import { addLedger, loggedIds, messageOf, type PersistenceRow } from './helpers.ts';
import { LATER, NOW, numbered, PAST, releaseAll, schedule } from './scheduling.ts';

/** Cancels messages with the commit of a unit of work. */
async function cancelInUnit(
  persistence: Persistence,
  ...cancelled: readonly string[]
): Promise<void> {
  const unit = await persistence.begin();
  await unit.commit({ messages: [], cancelled });
}

/** P32: a scheduled message is cancelled, moved to another time, or fires: exactly one of these. */
export const scheduledChangeRows: readonly PersistenceRow[] = [
  {
    id: 'P32',
    title: 'a message that is cancelled never fires, one that fired cannot be cancelled',
    async run({ persistence }) {
      const { scheduled } = persistence;
      await schedule(persistence, PAST, 'm1', 'm2');
      expect(await scheduled.cancel('m1')).toBe(true);
      expect(await scheduled.cancel('m1')).toBe(false);
      expect(await releaseAll(persistence)).toBe(1);
      expect(await scheduled.cancel('m2')).toBe(false);
      expect(await scheduled.reschedule('m2', LATER)).toBe(false);
      expect(await scheduled.cancel('never was \0')).toBe(false);
      expect(await scheduled.reschedule('never was \0', NOW)).toBe(false);
      expect(await loggedIds(persistence)).toEqual(['m2']);
    },
  },
  {
    id: 'P32',
    title: 'a message that is rescheduled fires at its new time, earlier or later',
    async run({ persistence }) {
      const { scheduled } = persistence;
      await schedule(persistence, PAST, 'm1', 'm2');
      await schedule(persistence, LATER, 'm3');
      expect(await scheduled.reschedule('m1', LATER)).toBe(true);
      expect(await scheduled.reschedule('m3', { inMs: 0 })).toBe(true);
      expect(await releaseAll(persistence)).toBe(2);
      expect(await loggedIds(persistence)).toEqual(['m2', 'm3']);
      expect(await scheduled.reschedule('m1', PAST)).toBe(true);
      expect(await releaseAll(persistence)).toBe(1);
      expect(await loggedIds(persistence)).toEqual(['m2', 'm3', 'm1']);
    },
  },
  {
    id: 'P32',
    title: 'a unit cancels with its commit, and not when it rolls back',
    async run(fixture) {
      const { persistence } = fixture;
      await schedule(persistence, PAST, 'm1', 'm2');
      await schedule(persistence, LATER, 'm3');
      await addLedger(fixture, 'a');
      const unit = await persistence.begin();
      await fixture.repository(unit).get('a');
      await unit.rollback();
      expect((await persistence.scheduled.list({})).total).toBe(3);
      await cancelInUnit(persistence, 'm2', 'm3', 'never was', 'nor \0 this');
      expect(await releaseAll(persistence)).toBe(1);
      expect(await loggedIds(persistence)).toEqual(['m1']);
      // Also what it schedules itself.
      const both = await persistence.begin();
      const scheduled = ['m4', 'm5'].map((id) => ({ envelope: messageOf(id), due: PAST }));
      await both.commit({ messages: [], scheduled, cancelled: ['m4'] });
      expect(await releaseAll(persistence)).toBe(1);
      expect(await loggedIds(persistence)).toEqual(['m1', 'm5']);
    },
  },
  {
    id: 'P32',
    title: 'of cancelling and firing at once exactly one happens, and everybody is told which',
    timeoutMs: 60_000,
    async run(fixture) {
      const { persistence } = fixture;
      const other = await fixture.second();
      const ids = numbered(60);
      await schedule(persistence, PAST, ...ids);
      const [, ...cancelled] = await Promise.all([
        releaseAll(other, 3),
        ...ids.toReversed().map((id) => persistence.scheduled.cancel(id)),
      ]);
      const fired = new Set(await loggedIds(persistence));
      const wereCancelled = ids.toReversed().filter((_, index) => cancelled[index] === true);
      expect([...fired, ...wereCancelled].toSorted()).toEqual(ids);
      expect((await persistence.scheduled.list({})).total).toBe(0);
    },
  },
  {
    id: 'P32',
    title: 'of rescheduling and firing at once exactly one happens, and everybody is told which',
    timeoutMs: 60_000,
    async run(fixture) {
      const { persistence } = fixture;
      const other = await fixture.second();
      const ids = numbered(60);
      await schedule(persistence, PAST, ...ids);
      const [, ...moved] = await Promise.all([
        releaseAll(other, 3),
        ...ids.toReversed().map((id) => persistence.scheduled.reschedule(id, LATER)),
      ]);
      const wereMoved = ids.toReversed().filter((_, index) => moved[index] === true);
      const { messages } = await persistence.scheduled.list({});
      expect(messages.map(({ envelope }) => envelope.id).toSorted()).toEqual(wereMoved.toSorted());
      const fired = await loggedIds(persistence);
      expect([...fired, ...wereMoved].toSorted()).toEqual(ids);
    },
  },
  {
    id: 'P32',
    title: 'units that cancel many messages neither deadlock with those who release, nor lose any',
    needs: ['concurrentUnits'],
    timeoutMs: 60_000,
    async run(fixture) {
      const { persistence } = fixture;
      const other = await fixture.second();
      const ids = numbered(100);
      for (let round = 0; round < 5; round += 1) {
        const ofRound = ids.map((id) => `${id} ${round}`);
        await schedule(persistence, PAST, ...ofRound);
        const chosen = ofRound.filter((_, index) => index % 2 === 0);
        await Promise.all([
          releaseAll(other, 10),
          cancelInUnit(persistence, ...chosen.toReversed()),
          cancelInUnit(persistence, ...chosen),
        ]);
        const fired = (await loggedIds(persistence)).filter((id) => id.endsWith(` ${round}`));
        expect(ofRound.filter((id) => !chosen.includes(id) && !fired.includes(id))).toEqual([]);
        expect(new Set(fired).size).toBe(fired.length);
      }
    },
  },
];
