import type { ReceiveResult, UnitOfWork } from '@tidings/core';
import { expect } from 'vitest';

import { neverWithin } from '../../eventually.ts';
import { deliveryOf, inUnit, outcomeOf, type PersistenceRow } from './helpers.ts';
import type { PersistenceFixture } from './persistence-harness.ts';

/** Receives the delivery of the message in a unit of its own, and commits. */
export const receive = (
  fixture: PersistenceFixture,
  subscription: string,
  messageId: string,
): Promise<ReceiveResult> =>
  inUnit(fixture, (_, unit) => unit.receive(deliveryOf(subscription, messageId)));

/** Starts to receive in a second unit, and proves that it waits for the first. */
export async function waiting<T>(start: () => Promise<T>): Promise<{ readonly ended: Promise<T> }> {
  let isDone = false;
  const ended = start().finally(() => {
    isDone = true;
  });
  // A failure is reported when the promise is awaited.
  ended.catch(() => {});
  await neverWithin(100, () => isDone, 'the end of what has to wait');
  return { ended };
}

/** Two units of work that are open at once. */
export async function twoUnits({
  persistence,
}: PersistenceFixture): Promise<[UnitOfWork, UnitOfWork]> {
  return [await persistence.begin(), await persistence.begin()];
}

/** P18–P20, and what holds for intents: a delivery, and an intent, takes effect once. */
export const inboxRows: readonly PersistenceRow[] = [
  {
    id: 'P18',
    title: 'a delivery is the first one until a unit that received it commits, then a duplicate',
    async run(fixture) {
      const rolledBack = await fixture.persistence.begin();
      expect(await rolledBack.receive(deliveryOf('s', 'm1', 'k'))).toBe('first');
      await rolledBack.rollback();
      expect(await receive(fixture, 's', 'm1')).toBe('first');
      expect(await receive(fixture, 's', 'm1')).toBe('duplicate');
    },
  },
  {
    id: 'P18',
    title: 'a concurrent copy waits for the first and is a duplicate once that commits',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const [first, second] = await twoUnits(fixture);
      const delivery = deliveryOf('s', 'm1');
      expect(await first.receive(delivery)).toBe('first');
      const copy = await waiting(async () => second.receive(delivery));
      await first.commit({ messages: [] });
      expect(await copy.ended).toBe('duplicate');
      await second.rollback();
    },
  },
  {
    id: 'P18',
    title: 'a concurrent copy is applied when the first rolls back',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const [first, second] = await twoUnits(fixture);
      const delivery = deliveryOf('s', 'm1');
      await first.receive(delivery);
      const copy = await waiting(async () => second.receive(delivery));
      await first.rollback();
      expect(await copy.ended).toBe('first');
      await second.commit({ messages: [] });
      expect(await fixture.persistence.inbox.applied('s', ['m1'])).toEqual(['m1']);
    },
  },
  {
    id: 'P18',
    title: 'deliveries of one key are applied one at a time, those of other keys meanwhile',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const [first, second] = await twoUnits(fixture);
      await first.receive(deliveryOf('s', 'm1', 'k'));
      const next = await waiting(async () => second.receive(deliveryOf('s', 'm2', 'k')));
      const others = await fixture.persistence.begin();
      expect(await others.receive(deliveryOf('s', 'm3', 'other'))).toBe('first');
      await others.commit({ messages: [] });
      const elsewhere = await fixture.persistence.begin();
      expect(await elsewhere.receive(deliveryOf('t', 'm1', 'k'))).toBe('first');
      await elsewhere.commit({ messages: [] });
      await first.commit({ messages: [] });
      expect(await next.ended).toBe('first');
      await second.commit({ messages: [] });
    },
  },
  {
    id: 'P19',
    title: 'one message is applied once by each subscription',
    async run(fixture) {
      expect(await receive(fixture, 's', 'm1')).toBe('first');
      expect(await receive(fixture, 't', 'm1')).toBe('first');
      expect(await receive(fixture, 't', 'm2')).toBe('first');
      expect(await receive(fixture, 's', 'm1')).toBe('duplicate');
      expect(await receive(fixture, 't', 'm1')).toBe('duplicate');
    },
  },
  {
    id: 'P20',
    title: 'of a batch exactly those are reported that were applied',
    async run(fixture) {
      await receive(fixture, 's', 'm2');
      await receive(fixture, 't', 'm3');
      const { inbox } = fixture.persistence;
      expect(await inbox.applied('s', ['m1', 'm2', 'm3'])).toEqual(['m2']);
      expect(await inbox.applied('s', [])).toEqual([]);
      expect(await inbox.applied('u', ['m1', 'm2', 'm3'])).toEqual([]);
    },
  },
  {
    id: 'I1',
    title: 'an intent that was carried out gives its outcome, one rolled back does not',
    async run(fixture) {
      const { persistence } = fixture;
      const intent = { id: 'i1', fingerprint: 'f1' };
      const rolledBack = await persistence.begin();
      expect(await rolledBack.claimIntent(intent)).toBeUndefined();
      await rolledBack.rollback();
      const first = await persistence.begin();
      expect(await first.claimIntent(intent)).toBeUndefined();
      await first.commit({ messages: [], intentResult: '{"ref":"b1"}' });
      const second = await persistence.begin();
      expect(await second.claimIntent({ id: 'i1', fingerprint: 'other' })).toEqual({
        fingerprint: 'f1',
        result: '{"ref":"b1"}',
      });
      await second.rollback();
      const third = await persistence.begin();
      expect(await third.claimIntent({ id: 'i2', fingerprint: 'f2' })).toBeUndefined();
      await third.commit({ messages: [] });
      const fourth = await persistence.begin();
      expect(await fourth.claimIntent({ id: 'i2', fingerprint: 'f2' })).toEqual({
        fingerprint: 'f2',
      });
      await fourth.rollback();
    },
  },
  {
    id: 'I2',
    title: 'a concurrent unit with the same intent waits for the first',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const [first, second] = await twoUnits(fixture);
      const intent = { id: 'i1', fingerprint: 'f1' };
      await first.claimIntent(intent);
      const copy = await waiting(() => outcomeOf(second.claimIntent(intent)));
      await first.commit({ messages: [], intentResult: '1' });
      expect(await copy.ended).toEqual({ value: { fingerprint: 'f1', result: '1' } });
      await second.rollback();
    },
  },
];
