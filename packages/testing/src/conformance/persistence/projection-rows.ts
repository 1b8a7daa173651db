import type { DeadLetterToPark, ProjectionFailure } from '@tidings/core';
import { expect } from 'vitest';

import { inUnit, leaseOf, messageOf, type PersistenceRow } from './helpers.ts';
import {
  activate,
  begun,
  loggedMessages,
  moved,
  moveOn,
  positions,
  tallyRecord,
  TYPE,
  withUnit,
} from './projection-helpers.ts';

const failure: ProjectionFailure = {
  position: 2,
  messageId: 'm2',
  type: TYPE,
  reason: 'failed',
  error: 'TypeError: no\u0000pe',
  attempts: 3,
  blocked: false,
  dueIn: 60_000,
};

const letter: DeadLetterToPark = {
  id: 'letter',
  subscription: 'tally',
  reason: 'skipped',
  error: 'TypeError: nope',
  attempts: 3,
  envelope: messageOf('m2'),
  block: false,
};

/** P27 and P28: a generation of a projection is moved on together with what it holds, or not at all. */
export const projectionRows: readonly PersistenceRow[] = [
  {
    id: 'P27',
    title: 'a generation is moved on from where it is, and told apart is every reason why not',
    async run(fixture) {
      const lease = await loggedMessages(fixture, 3);
      const ref = await begun(fixture);
      await moveOn(fixture, ref, [0, 1], lease);
      await moveOn(fixture, ref, [1, 2], lease);
      const old = { ...lease, epoch: lease.epoch - 1 };
      const nothing = { ...ref, generation: ref.generation + 1 };
      await expect(moveOn(fixture, ref, [1, 2], lease)).rejects.toMatchObject(moved('behind'));
      await expect(moveOn(fixture, ref, [0, 3], lease)).rejects.toMatchObject(moved('behind'));
      await expect(moveOn(fixture, ref, [3, 3], lease)).rejects.toMatchObject(moved('elsewhere'));
      await expect(moveOn(fixture, ref, [2, 4], lease)).rejects.toMatchObject(moved('ahead'));
      await expect(moveOn(fixture, ref, [0, 4], old)).rejects.toMatchObject(moved('fenced'));
      await expect(moveOn(fixture, nothing, [0, 1], lease)).rejects.toMatchObject(moved('retired'));
      await fixture.persistence.projections.pause('tally', true);
      await expect(moveOn(fixture, ref, [2, 3], lease)).rejects.toMatchObject(moved('paused'));
      await fixture.persistence.projections.pause('tally', false);
      expect(await positions(fixture)).toEqual([2]);
      await moveOn(fixture, ref, [2, 3], lease);
      expect(await positions(fixture)).toEqual([3]);
    },
  },
  {
    id: 'P27',
    title: 'of two who move a generation on from one place at once one does',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const lease = await loggedMessages(fixture, 1);
      const ref = await begun(fixture);
      const other = { persistence: await fixture.second(), tally: fixture.tally };
      const results = await Promise.allSettled([
        moveOn(fixture, ref, [0, 1], lease, 'a'),
        moveOn(other, ref, [0, 1], lease, 'a'),
      ]);
      expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      await activate(fixture, ref, lease);
      expect(await fixture.tally.read()).toEqual({ a: 1 });
    },
  },
  {
    id: 'P28',
    title:
      'what is written to the read model and how far it has come are saved together or not at all',
    async run(fixture) {
      const { persistence, tally } = fixture;
      const lease = await loggedMessages(fixture, 2);
      const ref = await begun(fixture);
      await activate(fixture, ref, lease);
      await moveOn(fixture, ref, [0, 1], lease, 'a');
      await withUnit(persistence, (unit) =>
        unit.projections.within(ref, () => tally.count(unit, 'a')),
      );
      await expect(moveOn(fixture, ref, [0, 2], lease, 'a')).rejects.toMatchObject(moved('behind'));
      expect([await tally.read(), await positions(fixture)]).toEqual([{ a: 1 }, [1]]);
      await moveOn(fixture, ref, [1, 2], lease, 'a', 'b');
      expect([await tally.read(), await positions(fixture)]).toEqual([{ a: 2, b: 1 }, [2]]);
      expect((await tallyRecord(fixture)).generations[0]).toMatchObject({ events: 3, workedMs: 2 });
    },
  },
  {
    id: 'P28',
    title: 'one who works on a generation and does not leave it is noticed by the next',
    async run(fixture) {
      const { leases, projections } = fixture.persistence;
      const ref = await begun(fixture);
      const first = await leaseOf(fixture.persistence, 'l', 'first');
      expect(await projections.take(ref, first)).toMatchObject({
        interrupted: false,
        generation: { ...ref, version: 1, mode: 'async', state: 'building', position: 0 },
      });
      await leases.release(first);
      expect(await projections.take(ref, first)).toBeUndefined();
      const second = await leaseOf(fixture.persistence, 'l', 'second');
      expect(await projections.take(ref, second)).toMatchObject({ interrupted: true });
      await projections.leave(ref, first);
      expect(await projections.take(ref, second)).toMatchObject({ interrupted: true });
      await projections.leave(ref, second);
      expect(await projections.take(ref, second)).toMatchObject({ interrupted: false });
    },
  },
  {
    id: 'P28',
    title: 'why a generation does not get past an event is kept until it does',
    async run(fixture) {
      const { projections } = await fixture.second();
      const lease = await loggedMessages(fixture, 2);
      const ref = await begun(fixture);
      const old = { ...lease, epoch: lease.epoch - 1 };
      await expect(projections.fail(ref, failure, old)).rejects.toMatchObject(moved('fenced'));
      await projections.fail(ref, failure, lease);
      const [known] = (await tallyRecord(fixture)).generations;
      const { dueIn = 0, error = '', ...facts } = known?.failure ?? {};
      expect(facts).toEqual({
        position: 2,
        messageId: 'm2',
        type: TYPE,
        reason: 'failed',
        attempts: 3,
        blocked: false,
      });
      expect(error).toMatch(/^TypeError: no.*pe$/);
      expect(dueIn > 0 && dueIn <= 60_000).toBe(true);
      expect(await projections.retry('tally')).toBe(1);
      expect((await tallyRecord(fixture)).generations[0]?.failure).toBeUndefined();
      await projections.fail(ref, failure, lease);
      await moveOn(fixture, ref, [0, 2], lease);
      expect((await tallyRecord(fixture)).generations[0]?.failure).toBeUndefined();
      await expect(projections.fail(ref, failure, lease)).rejects.toMatchObject(moved('behind'));
      expect(await projections.retry('tally')).toBe(0);
    },
  },
  {
    id: 'P28',
    title: 'an event is skipped only where it blocks, and only once; that is remembered',
    async run(fixture) {
      const { projections } = fixture.persistence;
      const { deadLetters } = fixture.persistence;
      const lease = await loggedMessages(fixture, 3);
      const ref = await begun(fixture);
      await activate(fixture, ref, lease);
      await moveOn(fixture, ref, [0, 1], lease, 'a');
      await projections.fail(ref, failure, lease);
      expect(await projections.skip(ref, 2, letter)).toBe(false);
      await projections.fail(ref, { ...failure, blocked: true }, lease);
      expect(await projections.skip(ref, 1, letter)).toBe(false);
      expect(await projections.skip(ref, 2, letter)).toBe(true);
      expect(await projections.skip(ref, 2, letter)).toBe(false);
      expect(await positions(fixture)).toEqual([2]);
      expect(await deadLetters.list({ subscription: 'tally' })).toMatchObject({
        total: 1,
        letters: [{ reason: 'skipped', envelope: { id: 'm2' } }],
      });
      expect(await projections.applied('tally', ['m3', 'm2', 'm1', 'never'])).toHaveLength(2);
      await moveOn(fixture, ref, [2, 3], lease, 'a');
      const applied = await projections.applied('tally', ['m3', 'm2', 'm1', 'never']);
      expect(new Map(applied.map(({ messageId, skipped }) => [messageId, skipped]))).toEqual(
        new Map([
          ['m1', false],
          ['m2', true],
          ['m3', false],
        ]),
      );
      expect(await projections.applied('unknown', ['m1'])).toEqual([]);
    },
  },
  {
    id: 'P34',
    title: 'who wants to work on a generation is known until somebody takes it',
    async run(fixture) {
      const { projections } = fixture.persistence;
      const lease = await leaseOf(fixture.persistence);
      const ref = await begun(fixture);
      await projections.request(ref, 'somebody', 2);
      await fixture.elapse(100);
      const [known] = (await tallyRecord(fixture)).generations;
      expect(known?.request).toMatchObject({ owner: 'somebody', load: 2 });
      expect(known?.request?.ageMs).toBeGreaterThanOrEqual(100);
      await projections.take(ref, lease);
      expect((await tallyRecord(fixture)).generations[0]?.request).toBeUndefined();
    },
  },
  {
    id: 'P29',
    title: 'messages of some types are found in order, and it is told how far it was looked',
    async run(fixture) {
      const { log } = fixture.persistence;
      const kinds = ['a', 'b', 'a', 'c', 'a', 'b'];
      const messages = kinds.map((type, n) => messageOf(`m${n}`, { type }));
      await inUnit(fixture, () => {}, messages);
      expect(await log.scan(['a'], 0, 10)).toEqual({ messages: [], upTo: 0 });
      const lease = await leaseOf(fixture.persistence);
      await log.sequence(lease, 5);
      const ids = async (
        types: readonly string[],
        after: number,
        limit: number,
      ): Promise<unknown> => {
        const page = await log.scan(types, after, limit);
        return [page.messages.map(({ position, envelope }) => [position, envelope.id]), page.upTo];
      };
      expect(await ids(['a'], 0, 2)).toEqual([
        [
          [1, 'm0'],
          [3, 'm2'],
        ],
        3,
      ]);
      expect(await ids(['a'], 3, 2)).toEqual([[[5, 'm4']], 5]);
      expect(await ids(['a', 'c'], 1, 9)).toEqual([
        [
          [3, 'm2'],
          [4, 'm3'],
          [5, 'm4'],
        ],
        5,
      ]);
      expect(await ids(['none'], 0, 9)).toEqual([[], 5]);
      expect(await ids(['a'], 5, 9)).toEqual([[], 5]);
    },
  },
];
