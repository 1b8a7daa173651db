import { fingerprintOf } from '@tidings/core';
import type { ClaimedDelivery, DeliveryToHold, HeldClaim } from '@tidings/core';
import { expect } from 'vitest';

import {
  deliveryOf,
  elapsing,
  inUnit,
  messageOf,
  outcomeOf,
  type PersistenceRow,
} from './helpers.ts';
import type { PersistenceFixture } from './persistence-harness.ts';

/** Holds a delivery of the subscription `s`. */
export function hold(
  { persistence }: PersistenceFixture,
  id: string,
  key: string | undefined,
  more: Partial<DeliveryToHold> = {},
): ReturnType<PersistenceFixture['persistence']['held']['hold']> {
  return persistence.held.hold({
    subscription: 's',
    envelope: messageOf(id, key === undefined ? {} : { partitionkey: key }),
    key: key ?? id,
    attempts: 1,
    dueIn: 0,
    ...more,
  });
}

/** Claims what is due, for long. */
export function claimAll(
  { persistence }: PersistenceFixture,
  subscriptions: readonly string[] = ['s'],
): Promise<readonly ClaimedDelivery[]> {
  return persistence.held.claim(subscriptions, 100, 60_000);
}

/** Claims a delivery as soon as one is due. */
function claimNext(fixture: PersistenceFixture): Promise<ClaimedDelivery> {
  return elapsing(fixture, async () => (await fixture.persistence.held.claim(['s'], 1, 60_000))[0]);
}

/** Claims the only delivery that is due. */
export async function claimOne(fixture: PersistenceFixture): Promise<ClaimedDelivery> {
  const claimed = await claimAll(fixture);
  const [first] = claimed;
  if (first === undefined || claimed.length > 1)
    throw new Error(`${claimed.length} deliveries are due`);
  return first;
}

export const idsOf = (claimed: readonly ClaimedDelivery[]): readonly string[] =>
  claimed.map(({ envelope }) => envelope.id).toSorted();

/** Applies a held delivery, as a handler that succeeds. */
export function apply(
  fixture: PersistenceFixture,
  { claim, envelope }: ClaimedDelivery,
): Promise<string> {
  return inUnit(fixture, (_, unit) =>
    unit.receive({
      subscription: claim.subscription,
      messageId: envelope.id,
      fingerprint: fingerprintOf(envelope),
      key: claim.key,
      claim,
    }),
  );
}

async function receiveHeld(
  unit: Awaited<ReturnType<PersistenceFixture['persistence']['begin']>>,
  claim: HeldClaim,
  messageId: string,
): Promise<string> {
  return unit.receive({ ...deliveryOf(claim.subscription, messageId, claim.key), claim });
}

/** H1–H10: deliveries that wait keep the order of their key and are tried by one at a time. */
export const heldDeliveriesRows: readonly PersistenceRow[] = [
  {
    id: 'H1',
    title:
      'a held delivery is due after its time, is claimed with its attempt counted, and leaves when applied',
    async run(fixture) {
      const { held, inbox } = fixture.persistence;
      await hold(fixture, 'later', 'l', { dueIn: 60_000 });
      expect(await claimAll(fixture)).toEqual([]);
      const error = 'it failed';
      expect(await hold(fixture, 'm1', 'k', { attempts: 3, dueIn: 100, error })).toBe('held');
      const { count, nextDueIn } = await held.waiting(['s']);
      expect(count).toBe(2);
      expect(nextDueIn).toBeLessThanOrEqual(100);
      const claimed = await claimNext(fixture);
      expect(claimed).toMatchObject({
        attempts: 4,
        envelope: messageOf('m1', { partitionkey: 'k' }),
      });
      expect(await apply(fixture, claimed)).toBe('first');
      expect(await inbox.applied('s', ['m1'])).toEqual(['m1']);
      const left = await held.waiting(['s']);
      expect(left.count).toBe(1);
      expect(left.nextDueIn).toBeGreaterThan(0);
      expect(left.nextDueIn).toBeLessThanOrEqual(60_000);
      expect(await hold(fixture, 'm1', 'k')).toBe('duplicate');
    },
  },
  {
    id: 'H2',
    title: 'a delivery is held once, and not at all when it was applied',
    async run(fixture) {
      await inUnit(fixture, (_, unit) => unit.receive(deliveryOf('s', 'm1', 'k')));
      expect(await hold(fixture, 'm1', 'k')).toBe('duplicate');
      expect(await hold(fixture, 'm2', 'k')).toBe('held');
      expect(await hold(fixture, 'm2', 'k')).toBe('duplicate');
      expect(await hold(fixture, 'm2', 'k', { subscription: 't' })).toBe('held');
      expect((await fixture.persistence.held.waiting(['s'])).count).toBe(1);
      expect((await fixture.persistence.held.waiting(['s', 't'])).count).toBe(2);
    },
  },
  {
    id: 'H3',
    title: 'while a key is held its deliveries have to be held, those of other keys not',
    async run(fixture) {
      const { persistence } = fixture;
      await hold(fixture, 'm1', 'k', { dueIn: 60_000 });
      const receive = async (
        messageId: string,
        key: string | undefined,
        subscription = 's',
      ): Promise<string> => {
        const unit = await persistence.begin();
        const result = await unit.receive(deliveryOf(subscription, messageId, key));
        await unit.rollback();
        return result;
      };
      expect(await receive('m2', 'k')).toBe('held');
      expect(await receive('m1', 'k')).toBe('held');
      expect(await receive('m3', 'other')).toBe('first');
      expect(await receive('m3', undefined)).toBe('first');
      expect(await receive('m2', 'k', 't')).toBe('first');
    },
  },
  {
    id: 'H4',
    title:
      'a key’s deliveries are claimed one by one in the order of holding, whatever their due time',
    async run(fixture) {
      await hold(fixture, 'later', 'l', { dueIn: 60_000 });
      await hold(fixture, 'behind', 'l');
      await hold(fixture, 'a1', 'a', { dueIn: 100 });
      await hold(fixture, 'a2', 'a', { dueIn: 0 });
      await hold(fixture, 'a3', 'a', { dueIn: 60_000 });
      const order: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        const claimed = await claimNext(fixture);
        order.push(claimed.envelope.id);
        expect(await claimAll(fixture)).toEqual([]);
        await apply(fixture, claimed);
      }
      expect(order).toEqual(['a1', 'a2', 'a3']);
      expect(await claimAll(fixture)).toEqual([]);
    },
  },
  {
    id: 'H5',
    title: 'a released delivery is due again after its time and stays the first of its key',
    async run(fixture) {
      const { held } = fixture.persistence;
      await hold(fixture, 'later', 'l');
      const later = await claimOne(fixture);
      await held.release(later.claim, 60_000, 'again');
      expect(await claimAll(fixture)).toEqual([]);
      await hold(fixture, 'm1', 'k');
      await hold(fixture, 'm2', 'k');
      const first = await claimOne(fixture);
      expect(first.attempts).toBe(2);
      await held.release(first.claim, 100, 'again');
      const second = await claimNext(fixture);
      expect([second.envelope.id, second.attempts]).toEqual(['m1', 3]);
      await held.release(second.claim, 0, undefined, 2);
      const third = await claimOne(fixture);
      expect([third.envelope.id, third.attempts]).toEqual(['m1', 3]);
    },
  },
  {
    id: 'H6',
    title: 'a claim that is renewed lasts; one that expires goes to somebody else and is refused',
    async run(fixture) {
      const { held } = fixture.persistence;
      const other = (await fixture.second()).held;
      await hold(fixture, 'm1', 'k');
      const [first] = await held.claim(['s'], 10, 100);
      if (first === undefined) throw new Error('nothing was due');
      await held.renew([first.claim], 60_000);
      await fixture.elapse(200);
      expect(await other.claim(['s'], 10, 60_000)).toEqual([]);
      await held.renew([first.claim], 100);
      const second = await elapsing(fixture, async () => (await other.claim(['s'], 10, 60_000))[0]);
      expect(second.attempts).toBe(3);
      await held.renew([first.claim], 60_000);
      await held.release(first.claim, 0);
      expect(await claimAll(fixture)).toEqual([]);
      expect(await apply(fixture, first)).toBe('lost');
      expect(await apply(fixture, second)).toBe('first');
      expect((await held.waiting(['s'])).count).toBe(0);
    },
  },
  {
    id: 'H6',
    title: 'what a unit has in hand is given to nobody else, even when the claim expires',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const { persistence } = fixture;
      await hold(fixture, 'm1', 'k');
      const [claimed] = await persistence.held.claim(['s'], 10, 100);
      if (claimed === undefined) throw new Error('nothing was due');
      const unit = await persistence.begin();
      expect(await receiveHeld(unit, claimed.claim, 'm1')).toBe('first');
      await fixture.elapse(200);
      const other = await fixture.second();
      expect(await other.held.claim(['s'], 10, 60_000)).toEqual([]);
      // Also not after others have held something behind it.
      expect(await hold(fixture, 'm2', 'k')).toBe('held');
      expect(await other.held.claim(['s'], 10, 60_000)).toEqual([]);
      await unit.commit({ messages: [] });
      expect(await apply(fixture, await claimOne(fixture))).toBe('first');
      expect((await persistence.held.waiting(['s'])).count).toBe(0);
    },
  },
  {
    id: 'H7',
    title: 'a unit that tried a held delivery and rolls back leaves it held',
    async run(fixture) {
      await hold(fixture, 'm1', 'k');
      const { claim, envelope } = await claimOne(fixture);
      const failed = inUnit(fixture, async (_, unit) => {
        expect(await receiveHeld(unit, claim, envelope.id)).toBe('first');
        throw new TypeError('the handler failed');
      });
      await expect(failed).rejects.toThrow(TypeError);
      await fixture.persistence.held.release(claim, 0, 'the handler failed');
      expect((await claimOne(fixture)).attempts).toBe(3);
    },
  },
  {
    id: 'H8',
    title: 'of many who claim at once each delivery goes to one, and the limit holds',
    async run(fixture) {
      const nodes = [fixture.persistence, await fixture.second()];
      for (let index = 0; index < 12; index += 1) await hold(fixture, `m${index}`, undefined);
      const claims = await Promise.all(
        [...nodes, ...nodes, ...nodes].map(({ held }) => held.claim(['s'], 2, 60_000)),
      );
      expect(claims.every((claimed) => claimed.length <= 2)).toBe(true);
      const rest = await claimAll(fixture);
      const all = idsOf([...claims.flat(), ...rest]);
      expect(all).toEqual(Array.from({ length: 12 }, (_, index) => `m${index}`).toSorted());
    },
  },
  {
    id: 'H10',
    title:
      'while a unit applies the head of a key nobody waits for it: what arrives is held behind, the claim is renewed',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const { persistence } = fixture;
      await hold(fixture, 'm1', 'k');
      const { claim, envelope } = await claimOne(fixture);
      const unit = await persistence.begin();
      expect(await receiveHeld(unit, claim, envelope.id)).toBe('first');
      const arriving = await persistence.begin();
      expect(await arriving.receive(deliveryOf('s', 'm2', 'k'))).toBe('held');
      await arriving.rollback();
      expect(await hold(fixture, 'm2', 'k')).toBe('held');
      await persistence.held.renew([claim], 60_000);
      expect((await persistence.held.list({}))[0]).toMatchObject({ key: 'k', depth: 2 });
      await unit.commit({ messages: [] });
      const next = await claimOne(fixture);
      expect(next.envelope.id).toBe('m2');
      expect(await apply(fixture, next)).toBe('first');
    },
  },
  {
    id: 'H9',
    title: 'held keys are listed with their depth, the longest due first',
    async run(fixture) {
      const { held } = fixture.persistence;
      await hold(fixture, 'a1', 'a', { dueIn: 60_000 });
      await hold(fixture, 'a2', 'a');
      await hold(fixture, 'b1', 'b', { dueIn: 30_000 });
      await hold(fixture, 'c1', 'c', { subscription: 't', dueIn: 45_000 });
      const all = await held.list({});
      expect(
        all.map(({ subscription, key, state, depth }) => [subscription, key, state, depth]),
      ).toEqual([
        ['s', 'b', 'due', 1],
        ['t', 'c', 'due', 1],
        ['s', 'a', 'due', 2],
      ]);
      expect(all.map(({ dueAt }) => new Date(dueAt).toISOString())).toEqual(
        all.map(({ dueAt }) => dueAt),
      );
      expect((await held.list({ subscription: 's', limit: 1 })).map(({ key }) => key)).toEqual([
        'b',
      ]);
      expect(await held.list({ state: 'blocked' })).toEqual([]);
      expect(await outcomeOf(held.waiting(['nobody']))).toEqual({ value: { count: 0 } });
    },
  },
];
