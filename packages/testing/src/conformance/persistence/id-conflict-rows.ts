import type { ReceiveResult } from '@tidings/core';
import { expect } from 'vitest';

import { park, total } from './dead-letter-rows.ts';
import { apply, claimAll, claimOne, hold } from './held-deliveries-rows.ts';
import { deliveryOf, inUnit, messageOf, type PersistenceRow } from './helpers.ts';
import { receive, twoUnits, waiting } from './inbox-rows.ts';

/** S15: another message with an id that was used is not taken for a copy. */
export const idConflictRows: readonly PersistenceRow[] = [
  {
    id: 'S15',
    title: 'another message with the id of one that was applied is a conflict, a copy a duplicate',
    async run(fixture) {
      const other = { ...deliveryOf('s', 'm1'), fingerprint: 2 ** 53 - 1 };
      const conflict = async (): Promise<ReceiveResult> => {
        const unit = await fixture.persistence.begin();
        const result = await unit.receive(other);
        await unit.rollback();
        return result;
      };
      const rolledBack = await fixture.persistence.begin();
      expect(await rolledBack.receive(other)).toBe('first');
      await rolledBack.rollback();
      expect(await receive(fixture, 's', 'm1')).toBe('first');
      expect([await conflict(), await conflict()]).toEqual(['conflict', 'conflict']);
      expect(await receive(fixture, 's', 'm1')).toBe('duplicate');
      const elsewhere = await fixture.persistence.begin();
      expect(await elsewhere.receive({ ...other, subscription: 't' })).toBe('first');
      await elsewhere.rollback();
    },
  },
  {
    id: 'S15',
    title:
      'another message with the same id waits for the first and is a conflict once that commits',
    needs: ['concurrentUnits'],
    async run(fixture) {
      for (const keys of [
        ['k', 'k'],
        ['k', 'another key'],
      ] as const) {
        const [first, second] = await twoUnits(fixture);
        const delivery = deliveryOf(`s ${keys[1]}`, 'm1');
        expect(await first.receive({ ...delivery, key: keys[0] })).toBe('first');
        const other = await waiting(async () =>
          second.receive({ ...delivery, key: keys[1], fingerprint: 0 }),
        );
        await first.commit({ messages: [] });
        expect(await other.ended).toBe('conflict');
        await second.rollback();
      }
    },
  },
  {
    id: 'S15',
    title:
      'another message with the id of one that is held, or was applied, is a conflict and is not held',
    async run(fixture) {
      const { held } = fixture.persistence;
      const envelope = messageOf('m1', { partitionkey: 'k', body: '{"entry":"another"}' });
      expect(await hold(fixture, 'm1', 'k')).toBe('held');
      expect(await hold(fixture, 'm1', 'k', { envelope })).toBe('conflict');
      expect(await hold(fixture, 'm1', 'k')).toBe('duplicate');
      expect((await held.waiting(['s'])).count).toBe(1);
      expect(await apply(fixture, await claimOne(fixture))).toBe('first');
      expect(await hold(fixture, 'm1', 'k', { envelope })).toBe('conflict');
      expect(await hold(fixture, 'm1', 'k')).toBe('duplicate');
      expect(await held.waiting(['s'])).toEqual({ count: 0 });
    },
  },
  {
    id: 'S15',
    title: 'a dead letter that is another message than was applied under its id is a conflict',
    async run(fixture) {
      const envelope = messageOf('m1', { body: '{"entry":"another"}' });
      await inUnit(fixture, (_, unit) => unit.receive(deliveryOf('s', 'm1')));
      expect(await park(fixture, 'm1', { envelope })).toBe('conflict');
      expect(await park(fixture, 'm1')).toBe('duplicate');
      expect(await park(fixture, 'm2')).toBe('parked');
      expect(await park(fixture, 'm2', { envelope: { ...envelope, id: 'm2' } })).toBe('conflict');
      expect(await total(fixture)).toBe(1);
    },
  },
  {
    id: 'S15',
    title:
      'a held delivery whose id was applied by another message is parked as what it is, and its key goes on or waits',
    async run(fixture) {
      const { persistence } = fixture;
      for (const block of [false, true]) {
        const key = `k ${block}`;
        const id = `m1 ${block}`;
        const other = messageOf(id, { partitionkey: key, body: '{"entry":"another"}' });
        const own = { ...other, id: `${id}~other` };
        await hold(fixture, id, key, { envelope: other });
        await hold(fixture, `m2 ${block}`, key);
        const { claim } = await claimOne(fixture);
        expect(await park(fixture, own.id, { envelope: own, claim, block })).toBe('parked');
        expect(await persistence.inbox.applied('s', [id, own.id])).toEqual([own.id]);
        if (block) {
          expect(await claimAll(fixture)).toEqual([]);
          expect(await persistence.deadLetters.replay(`letter of ${own.id}`)).toBe(true);
          const replayed = await claimOne(fixture);
          expect(replayed.envelope).toEqual(own);
          expect(await apply(fixture, replayed)).toBe('first');
        }
        const next = await claimOne(fixture);
        expect(next.envelope.id).toBe(`m2 ${block}`);
        expect(await apply(fixture, next)).toBe('first');
      }
    },
  },
];
