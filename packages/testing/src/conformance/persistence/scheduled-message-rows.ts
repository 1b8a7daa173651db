import type { Envelope } from '@tidings/core';
import { expect } from 'vitest';

import {
  elapsing,
  entriesOf,
  loggedIds,
  messageOf,
  outcomeOf,
  readLog,
  type PersistenceRow,
} from './helpers.ts';
import { Ledger } from './ledger.ts';
import { LATER, NOW, numbered, PAST, releaseAll, schedule } from './scheduling.ts';

/** P31: a message that waits for its time fires once, when it is due, in order. */
export const scheduledMessageRows: readonly PersistenceRow[] = [
  {
    id: 'P31',
    title: 'a message is due after its time by the store’s clock, and not before',
    async run(fixture) {
      const { persistence } = fixture;
      const { scheduled } = persistence;
      const now = async (): Promise<string> => (await persistence.schedules.read()).now;
      expect(await scheduled.nextDueIn()).toBeUndefined();
      await schedule(persistence, LATER, 'later');
      expect((await scheduled.release(100)).count).toBe(0);
      const at = new Date(Date.parse(await now()) + 300).toISOString();
      await schedule(persistence, { at }, 'soon');
      expect(await scheduled.nextDueIn()).toBeLessThanOrEqual(300);
      const firedBefore = await elapsing(fixture, async () =>
        (await scheduled.release(100)).count === 1 ? now() : undefined,
      );
      expect(firedBefore >= at).toBe(true);
      expect((await scheduled.release(100)).count).toBe(0);
      expect(await loggedIds(persistence)).toEqual(['soon']);
      expect(await scheduled.nextDueIn()).toBeGreaterThan(0);
    },
  },
  {
    id: 'P31',
    title: 'what is due now or has been for long fires at once, the longest due first',
    async run({ persistence }) {
      await schedule(persistence, NOW, 'now');
      await schedule(persistence, PAST, 'past');
      await schedule(persistence, { at: '1970-01-01T00:00:00.000Z' }, 'oldest');
      expect(await releaseAll(persistence)).toBe(3);
      expect(await loggedIds(persistence)).toEqual(['oldest', 'past', 'now']);
    },
  },
  {
    id: 'P31',
    title: 'messages of the same instant fire in the order in which they were scheduled',
    async run({ persistence }) {
      await schedule(persistence, PAST, 'c', 'a');
      await schedule(persistence, PAST, 'b');
      await schedule(persistence, PAST, 'e', 'd');
      expect((await persistence.scheduled.release(2)).count).toBe(2);
      expect((await persistence.scheduled.release(100)).count).toBe(3);
      expect(await loggedIds(persistence)).toEqual(['c', 'a', 'b', 'e', 'd']);
    },
  },
  {
    id: 'P31',
    title: 'messages that one unit schedules after the same time keep their order',
    async run(fixture) {
      const { persistence } = fixture;
      const ids = numbered(50).toReversed();
      await schedule(persistence, { inMs: 20 }, ...ids);
      await elapsing(
        fixture,
        async () => (await persistence.scheduled.release(100)).count || undefined,
      );
      await releaseAll(persistence);
      expect(await loggedIds(persistence)).toEqual(ids);
    },
  },
  {
    id: 'P31',
    title: 'a due time years ahead is kept as it is, to the millisecond',
    async run({ persistence }) {
      const { scheduled } = persistence;
      const dueAt = '9999-12-31T23:59:59.999Z';
      const days = 1000;
      await schedule(persistence, { at: dueAt }, 'last');
      await schedule(persistence, { inMs: days * 86_400_000 }, 'far');
      const left = (await scheduled.nextDueIn()) ?? 0;
      expect(left).toBeLessThanOrEqual(days * 86_400_000);
      expect(left).toBeGreaterThan((days - 1) * 86_400_000);
      expect((await scheduled.release(100)).count).toBe(0);
      const { messages } = await scheduled.list({});
      expect(messages.map(({ envelope }) => envelope.id)).toEqual(['far', 'last']);
      expect(messages[1]?.dueAt).toBe(dueAt);
    },
  },
  {
    id: 'P31',
    title: 'a message comes into the log as it was scheduled',
    async run({ persistence }) {
      const envelope: Envelope = {
        ...messageOf('m1'),
        kind: 'command',
        type: 'conformance.Remind',
        dataversion: 3,
        subject: 's',
        aggregateversion: 7,
        causationid: 'c',
        partitionkey: 'k',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        intentid: 'i',
        body: '{"ä":"\\u0000 ✓"}',
      };
      const unit = await persistence.begin();
      await unit.commit({ messages: [], scheduled: [{ envelope, due: PAST }] });
      expect((await persistence.scheduled.list({})).messages).toEqual([
        { envelope, dueAt: '2001-09-09T01:46:40.000Z' },
      ]);
      await persistence.scheduled.release(1);
      expect((await readLog(persistence)).map((logged) => logged.envelope)).toEqual([envelope]);
      expect((await persistence.scheduled.list({})).total).toBe(0);
    },
  },
  {
    id: 'P31',
    title: 'messages are scheduled with the changes of their unit, all or nothing',
    async run(fixture) {
      const { persistence, repository } = fixture;
      await schedule(persistence, LATER, 'waits');
      const unit = await persistence.begin();
      await repository(unit).add(new Ledger('a', 0, []));
      const scheduled = ['m1', 'waits'].map((id) => ({ envelope: messageOf(id), due: PAST }));
      await expect(unit.commit({ messages: [messageOf('m0')], scheduled })).rejects.toMatchObject({
        code: 'TIDINGS_COMMIT_FAILED',
      });
      expect((await persistence.scheduled.list({})).total).toBe(1);
      expect(await loggedIds(persistence)).toEqual([]);
      expect(await entriesOf(fixture, 'a')).toBeUndefined();
      const second = await persistence.begin();
      await repository(second).add(new Ledger('a', 0, []));
      await second.commit({ messages: [messageOf('m0')], scheduled: scheduled.slice(0, 1) });
      expect(await releaseAll(persistence)).toBe(1);
      expect(await loggedIds(persistence)).toEqual(['m0', 'm1']);
      expect(await entriesOf(fixture, 'a')).toEqual([]);
    },
  },
  {
    id: 'P31',
    title: 'nodes that release at once move every message once, in the order of their due times',
    timeoutMs: 60_000,
    async run(fixture) {
      const nodes = [fixture.persistence, await fixture.second(), await fixture.second()];
      const ids = numbered(120);
      for (const [index, id] of ids.entries()) {
        const at = new Date(Date.UTC(2001, 0, 1) + Math.floor(index / 3) * 1000).toISOString();
        await schedule(fixture.persistence, { at }, id);
      }
      const released = await Promise.all(nodes.map((node) => releaseAll(node, 7)));
      expect(released.reduce((sum, count) => sum + count)).toBe(ids.length);
      expect(await loggedIds(fixture.persistence)).toEqual(ids);
    },
  },
  {
    id: 'P31',
    title: 'pages of what waits, the first due first, also while messages fire',
    async run({ persistence }) {
      const { scheduled } = persistence;
      await schedule(persistence, LATER, 'd', 'e');
      await schedule(persistence, PAST, 'a', 'b', 'c');
      const first = await scheduled.list({}, { limit: 2 });
      expect(first.total).toBe(5);
      expect(first.messages.map(({ envelope }) => envelope.id)).toEqual(['a', 'b']);
      await scheduled.release(2);
      const { next } = first;
      if (next === undefined) throw new Error('there is a second page');
      const second = await scheduled.list({}, { limit: 3, after: next });
      expect(second.messages.map(({ envelope }) => envelope.id)).toEqual(['c', 'd', 'e']);
      expect(second.next).toBeUndefined();
      expect((await scheduled.list({ type: 'conformance.Entered' })).total).toBe(3);
      expect(await scheduled.list({ type: 'other' })).toEqual({ total: 0, messages: [] });
      await expect(scheduled.list({}, { after: 'no cursor' })).rejects.toMatchObject({
        code: 'TIDINGS_INVALID_OPTIONS',
      });
    },
  },
  {
    id: 'P31',
    title: 'an id that waits already makes the commit fail; one that the log has fires no more',
    async run({ persistence }) {
      await schedule(persistence, LATER, 'm1');
      const twice = await outcomeOf(schedule(persistence, NOW, 'm2', 'm1'));
      expect(twice).toMatchObject({ error: { code: 'TIDINGS_COMMIT_FAILED' } });
      const unit = await persistence.begin();
      await unit.commit({ messages: [messageOf('m1')] });
      await persistence.scheduled.reschedule('m1', PAST);
      expect(await persistence.scheduled.release(10)).toEqual({ count: 1, known: ['m1'] });
      expect(await persistence.scheduled.nextDueIn()).toBeUndefined();
      expect(await loggedIds(persistence)).toEqual(['m1']);
    },
  },
];
