import type { Persistence, ScheduleDefinition, StoredSchedule } from '@tidings/core';
import { expect } from 'vitest';

import { elapsing, loggedIds, messageOf, outcomeOf, type PersistenceRow } from './helpers.ts';
import { numbered } from './scheduling.ts';

const PAST = '2001-01-01T00:00:00.000Z';
const FUTURE = '9999-12-31T23:59:59.000Z';

/** Defines a schedule that is due. */
function define(
  { schedules }: Persistence,
  name: string,
  more: Partial<ScheduleDefinition> = {},
): Promise<boolean> {
  const common = { definition: 'd1', superseded: [], nextDueAt: PAST, serveMs: 60_000 };
  return schedules.define({ name, ...common, ...more });
}

/** The only schedule. */
async function only({ schedules }: Persistence): Promise<StoredSchedule> {
  const [first, ...others] = (await schedules.read()).schedules;
  if (first === undefined || others.length > 0) throw new Error('there is not one schedule');
  return first;
}

/** Fires one message for the instant `from`, and goes on with `to`. */
function fire(
  { schedules }: Persistence,
  from: string,
  to: string,
  ...ids: readonly string[]
): Promise<boolean> {
  return schedules.fire({
    name: 's',
    definition: 'd1',
    dueAt: from,
    nextDueAt: to,
    firedAt: from,
    messages: ids.map((id) => messageOf(id)),
  });
}

const instant = (index: number): string => new Date(Date.parse(PAST) + index * 1000).toISOString();

/** P31 and P32 for schedules: each instant fires once, by whichever node. */
export const scheduleRows: readonly PersistenceRow[] = [
  {
    id: 'P31',
    title: 'a schedule is kept as it was defined, and the store tells the time by which it goes',
    async run(fixture) {
      const { schedules } = fixture.persistence;
      const before = await schedules.read();
      expect(before.schedules).toEqual([]);
      expect(before.now).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(await define(fixture.persistence, 's', { nextDueAt: FUTURE })).toBe(true);
      const { servedUntil, ...schedule } = await only(fixture.persistence);
      expect(schedule).toEqual({
        name: 's',
        definition: 'd1',
        superseded: [],
        nextDueAt: FUTURE,
        paused: false,
      });
      expect(Date.parse(servedUntil)).toBeGreaterThanOrEqual(Date.parse(before.now) + 60_000);
      await fixture.elapse(20);
      const after = await (await fixture.second()).schedules.read();
      expect(after.now > before.now).toBe(true);
      expect(after.schedules).toHaveLength(1);
    },
  },
  {
    id: 'P31',
    title: 'of nodes that define a new schedule at once one does, and none changes what is there',
    async run(fixture) {
      const nodes = [fixture.persistence, await fixture.second()];
      const defined = await Promise.all(
        [...nodes, ...nodes].map((node, index) => define(node, 's', { nextDueAt: instant(index) })),
      );
      expect(defined.filter(Boolean)).toHaveLength(1);
      expect((await only(fixture.persistence)).nextDueAt).toBe(instant(defined.indexOf(true)));
    },
  },
  {
    id: 'P31',
    title:
      'a firing puts its messages into the log in order and moves the schedule on, or does nothing',
    async run({ persistence }) {
      await define(persistence, 's');
      expect(await fire(persistence, PAST, instant(1), 'b', 'a', 'c')).toBe(true);
      expect(await only(persistence)).toMatchObject({ nextDueAt: instant(1), lastFiredAt: PAST });
      expect(await fire(persistence, PAST, instant(2), 'again')).toBe(false);
      expect(await loggedIds(persistence)).toEqual(['b', 'a', 'c']);
      const known = await outcomeOf(fire(persistence, instant(1), instant(2), 'd', 'a'));
      expect(known).toHaveProperty('error');
      expect(await loggedIds(persistence)).toEqual(['b', 'a', 'c']);
      expect((await only(persistence)).nextDueAt).toBe(instant(1));
    },
  },
  {
    id: 'P31',
    title: 'a schedule does not fire before its instant by the store’s clock',
    async run(fixture) {
      const { persistence } = fixture;
      const { now } = await persistence.schedules.read();
      const soon = new Date(Date.parse(now) + 300).toISOString();
      await define(persistence, 's', { nextDueAt: soon });
      const firedAfter = await elapsing(fixture, async () => {
        if (!(await fire(persistence, soon, FUTURE, 'm1'))) return undefined;
        return (await persistence.schedules.read()).now;
      });
      expect(firedAfter >= soon).toBe(true);
      expect(await fire(persistence, FUTURE, FUTURE, 'm2')).toBe(false);
      expect(await loggedIds(persistence)).toEqual(['m1']);
    },
  },
  {
    id: 'P31',
    title: 'instants can be passed over, and what fired last stays what it was',
    async run({ persistence }) {
      await define(persistence, 's');
      await fire(persistence, PAST, instant(1), 'm1');
      const passed = await persistence.schedules.fire({
        name: 's',
        definition: 'd1',
        dueAt: instant(1),
        nextDueAt: instant(9),
        messages: [],
      });
      expect(passed).toBe(true);
      expect(await only(persistence)).toMatchObject({ nextDueAt: instant(9), lastFiredAt: PAST });
      expect(await loggedIds(persistence)).toEqual(['m1']);
    },
  },
  {
    id: 'P32',
    title: 'a schedule fires once per instant, however many nodes look after it',
    timeoutMs: 60_000,
    async run(fixture) {
      const nodes = [fixture.persistence, await fixture.second(), await fixture.second()];
      await define(fixture.persistence, 's');
      const count = 40;
      const look = async (node: Persistence, owner: number): Promise<number> => {
        let fired = 0;
        for (let index = 0; index < count; index += 1) {
          const id = `${numbered(count)[index]} by ${owner}`;
          if (await fire(node, instant(index), instant(index + 1), id)) fired += 1;
        }
        return fired;
      };
      // Each keeps up with the others: an instant that is not next yet does not fire.
      const untilDone = async (node: Persistence, owner: number): Promise<void> => {
        while ((await only(node)).nextDueAt < instant(count)) await look(node, owner);
      };
      await Promise.all(nodes.map(untilDone));
      const ids = await loggedIds(fixture.persistence);
      expect(ids.map((id) => id.slice(0, 4))).toEqual(numbered(count));
    },
  },
  {
    id: 'P32',
    title: 'a schedule that is paused does not fire, on any node, until it is resumed',
    async run(fixture) {
      const { persistence } = fixture;
      const other = await fixture.second();
      await define(persistence, 's');
      expect(await other.schedules.pause('s')).toBe(true);
      expect(await other.schedules.pause('s')).toBe(true);
      expect(await fire(persistence, PAST, instant(1), 'm1')).toBe(false);
      const { now } = await persistence.schedules.read();
      expect(await persistence.schedules.resume('s')).toBe(true);
      const { paused, resumedAt = '' } = await only(other);
      expect([paused, resumedAt >= now]).toEqual([false, true]);
      await fixture.elapse(20);
      await other.schedules.resume('s');
      expect((await only(other)).resumedAt).toBe(resumedAt);
      expect(await fire(persistence, PAST, instant(1), 'm1')).toBe(true);
      expect(await persistence.schedules.pause('never was')).toBe(false);
      expect(await persistence.schedules.resume('never was \0')).toBe(false);
    },
  },
  {
    id: 'P32',
    title: 'of pausing and firing at once one comes first',
    async run(fixture) {
      const { persistence } = fixture;
      const other = await fixture.second();
      for (const [index, id] of numbered(20).entries()) {
        const name = `s${index}`;
        await define(persistence, name);
        const [hasFired] = await Promise.all([
          persistence.schedules.fire({
            name,
            definition: 'd1',
            dueAt: PAST,
            nextDueAt: FUTURE,
            messages: [messageOf(id)],
          }),
          other.schedules.pause(name),
        ]);
        const { schedules } = await persistence.schedules.read();
        const after = schedules.find((schedule) => schedule.name === name);
        expect(after).toMatchObject({ paused: true, nextDueAt: hasFired ? FUTURE : PAST });
        expect((await loggedIds(persistence)).includes(id)).toBe(hasFired);
      }
    },
  },
  {
    id: 'P35',
    title: 'a new definition takes the place of the one it replaces, which fires no more',
    async run(fixture) {
      const { persistence } = fixture;
      const other = await fixture.second();
      await define(persistence, 's');
      const d2 = { definition: 'd2', superseded: ['d1'], nextDueAt: FUTURE };
      expect(await define(other, 's', { ...d2, replaces: 'another' })).toBe(false);
      await persistence.schedules.pause('s');
      expect(await define(other, 's', { ...d2, replaces: 'd1' })).toBe(true);
      expect(await define(other, 's', { ...d2, replaces: 'd1' })).toBe(false);
      await persistence.schedules.resume('s');
      expect(await only(persistence)).toMatchObject({ ...d2, paused: false });
      expect(await fire(persistence, PAST, instant(1), 'm1')).toBe(false);
      expect(await loggedIds(persistence)).toEqual([]);
    },
  },
  {
    id: 'P35',
    title: 'a schedule counts as served as long as a node that goes by its definition says so',
    async run(fixture) {
      const { persistence } = fixture;
      await define(persistence, 's', { serveMs: 0 });
      const first = await only(persistence);
      await fixture.elapse(20);
      await persistence.schedules.serve('s', 'another', 60_000);
      expect((await only(persistence)).servedUntil).toBe(first.servedUntil);
      await persistence.schedules.serve('s', 'd1', 60_000);
      const { now } = await persistence.schedules.read();
      expect((await only(persistence)).servedUntil > now).toBe(true);
    },
  },
];
