import type { DeadLetterToPark } from '@tidings/core';
import { expect } from 'vitest';

import { apply, claimAll, claimOne, hold, idsOf } from './held-deliveries-rows.ts';
import { deliveryOf, inUnit, messageOf, type PersistenceRow } from './helpers.ts';
import type { PersistenceFixture } from './persistence-harness.ts';

/** Parks a delivery of the subscription `s` that came from the transport. */
export function park(
  { persistence }: PersistenceFixture,
  id: string,
  more: Partial<DeadLetterToPark> = {},
): ReturnType<PersistenceFixture['persistence']['deadLetters']['park']> {
  return persistence.deadLetters.park({
    id: `letter of ${id}`,
    subscription: 's',
    reason: 'retries-exhausted',
    error: 'Error: it failed',
    attempts: 5,
    envelope: messageOf(id),
    block: false,
    ...more,
  });
}

/** How many dead letters there are. */
export async function total({ persistence }: PersistenceFixture): Promise<number> {
  return (await persistence.deadLetters.list({})).total;
}

/** P33: what could not be handled is kept with its reason until somebody decides about it. */
export const deadLetterRows: readonly PersistenceRow[] = [
  {
    id: 'P33',
    title: 'a parked delivery is kept whole and counts as dealt with',
    async run(fixture) {
      const { deadLetters, inbox } = fixture.persistence;
      expect(await park(fixture, 'm1')).toBe('parked');
      expect(await park(fixture, 'm1', { id: 'another letter' })).toBe('duplicate');
      const { letters, total: count, next } = await deadLetters.list({});
      expect([count, next]).toEqual([1, undefined]);
      expect(letters).toMatchObject([
        {
          id: 'letter of m1',
          subscription: 's',
          reason: 'retries-exhausted',
          error: 'Error: it failed',
          attempts: 5,
          envelope: messageOf('m1'),
          state: 'dead',
          blocking: false,
        },
      ]);
      expect(new Date(letters[0]?.parkedAt ?? '').toISOString()).toBe(letters[0]?.parkedAt);
      expect(await inbox.applied('s', ['m1'])).toEqual(['m1']);
      const copy = await inUnit(fixture, (_, unit) => unit.receive(deliveryOf('s', 'm1')));
      expect(copy).toBe('duplicate');
      expect(await hold(fixture, 'm1', undefined)).toBe('duplicate');
    },
  },
  {
    id: 'P33',
    title: 'any bytes, headers and error text can be parked, and the bytes come back as they were',
    async run(fixture) {
      const { deadLetters } = fixture.persistence;
      const bytes = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
      const result = await deadLetters.park({
        id: 'l1',
        subscription: 's',
        reason: 'invalid-json',
        error: `NUL \0, half a pair \uD800, ${'long '.repeat(50_000)}`,
        attempts: 1,
        bytes,
        headers: { 'x-\0odd': 'a\0b\uD800', '☂': '☂', long: 'x'.repeat(100_000) },
        block: false,
      });
      expect(result).toBe('parked');
      const [letter] = (await deadLetters.list({})).letters;
      expect(letter?.envelope).toBeUndefined();
      expect([...(letter?.bytes ?? [])]).toEqual([...bytes]);
      expect(letter?.headers?.['☂']).toBe('☂');
      expect(letter?.error).toContain('half a pair');
      expect(letter?.error).not.toContain('\0');
      expect(letter?.error.isWellFormed()).toBe(true);
    },
  },
  {
    id: 'P33',
    title: 'a message with odd attributes and a body that is no JSON can be parked and comes back',
    async run(fixture) {
      const envelope = messageOf('m '.repeat(3000), {
        type: 'unknown.Type',
        partitionkey: 'k'.repeat(10_000),
        body: 'no JSON \uFFFD {',
      });
      expect(await park(fixture, 'odd', { envelope })).toBe('parked');
      expect((await fixture.persistence.deadLetters.list({})).letters[0]?.envelope).toEqual(
        envelope,
      );
    },
  },
  {
    id: 'P33',
    title:
      'dead letters are found by subscription, type, reason, id and time, with the right total, page by page',
    async run(fixture) {
      const { deadLetters } = fixture.persistence;
      for (let index = 0; index < 5; index += 1) {
        await park(fixture, `m${index}`, {
          subscription: index < 3 ? 's' : 't',
          reason: index % 2 === 0 ? 'even' : 'odd',
          envelope: messageOf(`m${index}`, {
            type: index === 4 ? 'conformance.Other' : 'conformance.Entered',
          }),
        });
        await fixture.elapse(5);
      }
      const find = async (query: Parameters<typeof deadLetters.list>[0]): Promise<string> =>
        (await deadLetters.list(query)).letters.map(({ envelope }) => envelope?.id).join(' ');
      expect(await find({})).toBe('m0 m1 m2 m3 m4');
      expect(await find({ subscription: 't' })).toBe('m3 m4');
      expect(await find({ type: 'conformance.Other' })).toBe('m4');
      expect(await find({ reason: 'even', subscription: 's' })).toBe('m0 m2');
      expect(await find({ reason: ['odd', 'even'], subscription: 't' })).toBe('m3 m4');
      expect(await find({ reason: ['neither'] })).toBe('');
      const odd = await deadLetters.list({ reason: ['odd', 'neither'] }, { limit: 1 });
      expect([odd.total, odd.letters.length]).toEqual([2, 1]);
      expect(await find({ ids: ['letter of m1', 'nobody'] })).toBe('m1');
      expect(await find({ state: 'replayed' })).toBe('');
      const times = (await deadLetters.list({})).letters.map(({ parkedAt }) => parkedAt);
      expect(await find({ from: times[1] ?? '', to: times[3] ?? '' })).toBe('m1 m2');
      const first = await deadLetters.list({}, { limit: 2 });
      const second = await deadLetters.list({}, { limit: 2, after: first.next ?? '' });
      // What is dealt with between two pages must not make the next one skip or repeat.
      await deadLetters.discard({ ids: second.letters.map(({ id }) => id) });
      const third = await deadLetters.list({}, { limit: 2, after: second.next ?? '' });
      expect([first.total, second.total, third.total]).toEqual([5, 5, 3]);
      expect(third.next).toBeUndefined();
      const ids = [first, second, third].flatMap(({ letters }) =>
        letters.map(({ envelope }) => envelope?.id),
      );
      expect(ids).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
    },
  },
  {
    id: 'P33',
    title: 'of many who replay a dead letter one does, and it takes effect once',
    async run(fixture) {
      const { deadLetters } = fixture.persistence;
      const other = (await fixture.second()).deadLetters;
      await park(fixture, 'm1');
      const results = await Promise.all([
        deadLetters.replay('letter of m1'),
        other.replay('letter of m1'),
        deadLetters.replay('letter of m1'),
      ]);
      expect(results.filter(Boolean)).toHaveLength(1);
      expect(await deadLetters.replay('letter of m1')).toBe(false);
      expect(await deadLetters.replay('nobody')).toBe(false);
      expect(await total(fixture)).toBe(0);
      expect((await deadLetters.list({ state: 'replayed' })).total).toBe(1);
      const claimed = await claimOne(fixture);
      expect([claimed.envelope.id, claimed.attempts]).toEqual(['m1', 1]);
      expect(await apply(fixture, claimed)).toBe('first');
      expect(await claimAll(fixture)).toEqual([]);
    },
  },
  {
    id: 'P33',
    title: 'a replayed delivery that fails again becomes a dead letter again',
    async run(fixture) {
      const { deadLetters } = fixture.persistence;
      await park(fixture, 'm1');
      await deadLetters.replay('letter of m1');
      const { claim } = await claimOne(fixture);
      expect(await park(fixture, 'm1', { id: 'second letter', claim })).toBe('parked');
      expect((await deadLetters.list({})).letters.map(({ id }) => id)).toEqual(['second letter']);
      expect(await deadLetters.replay('second letter')).toBe(true);
      expect(await apply(fixture, await claimOne(fixture))).toBe('first');
    },
  },
  {
    id: 'P33',
    title: 'an edited message takes the place of the dead one, whose copies are still dropped',
    async run(fixture) {
      await park(fixture, 'm1');
      const envelope = messageOf('m1-edited', { body: '{"entry":"better"}', causationid: 'm1' });
      expect(await fixture.persistence.deadLetters.replay('letter of m1', { envelope })).toBe(true);
      const claimed = await claimOne(fixture);
      expect(claimed.envelope).toEqual(envelope);
      expect(await apply(fixture, claimed)).toBe('first');
      expect(await fixture.persistence.inbox.applied('s', ['m1', 'm1-edited'])).toEqual([
        'm1',
        'm1-edited',
      ]);
    },
  },
  {
    id: 'P33',
    title: 'discarding by query ends what matches, for good',
    async run(fixture) {
      const { deadLetters, inbox } = fixture.persistence;
      await park(fixture, 'm1', { reason: 'a' });
      await park(fixture, 'm2', { reason: 'b' });
      await park(fixture, 'm3', { reason: 'a' });
      expect(await deadLetters.discard({ reason: 'a' })).toBe(2);
      expect(await deadLetters.discard({ reason: 'a' })).toBe(0);
      expect((await deadLetters.list({})).letters.map(({ envelope }) => envelope?.id)).toEqual([
        'm2',
      ]);
      expect((await deadLetters.list({ state: 'discarded' })).total).toBe(2);
      expect(await deadLetters.replay('letter of m1')).toBe(false);
      expect(await inbox.applied('s', ['m1', 'm3'])).toHaveLength(2);
    },
  },
  {
    id: 'P33',
    title:
      'a held delivery that is parked lets its key go on; without its claim it cannot be parked',
    async run(fixture) {
      await hold(fixture, 'm1', 'k');
      await hold(fixture, 'm2', 'k');
      const { claim, envelope } = await claimOne(fixture);
      expect(await park(fixture, 'm1', { envelope, claim: { ...claim, token: 'stale' } })).toBe(
        'lost',
      );
      expect(await total(fixture)).toBe(0);
      expect(await park(fixture, 'm1', { envelope, claim })).toBe('parked');
      expect((await claimOne(fixture)).envelope.id).toBe('m2');
    },
  },
  {
    id: 'P33',
    title: 'a dead letter that blocks holds its key until it is replayed, and then comes first',
    async run(fixture) {
      const { held, deadLetters } = fixture.persistence;
      const envelope = messageOf('m1', { partitionkey: 'k' });
      expect(await park(fixture, 'm1', { envelope, block: true })).toBe('parked');
      const next = await inUnit(fixture, (_, unit) => unit.receive(deliveryOf('s', 'm2', 'k')));
      expect(next).toBe('held');
      await hold(fixture, 'm2', 'k', { attempts: 0 });
      expect(await claimAll(fixture)).toEqual([]);
      expect(await held.waiting(['s'])).toEqual({ count: 0 });
      expect(await held.list({ state: 'blocked' })).toMatchObject([
        { subscription: 's', key: 'k', state: 'blocked', depth: 2 },
      ]);
      expect((await deadLetters.list({})).letters[0]).toMatchObject({ blocking: true });
      expect(await deadLetters.replay('letter of m1')).toBe(true);
      const order: string[] = [];
      for (let round = 0; round < 2; round += 1) {
        const claimed = await claimOne(fixture);
        order.push(`${claimed.envelope.id} attempt ${claimed.attempts}`);
        expect(await apply(fixture, claimed)).toBe('first');
      }
      expect(order).toEqual(['m1 attempt 1', 'm2 attempt 1']);
    },
  },
  {
    id: 'P33',
    title:
      'what is to block a key that is held is not parked: it waits for its turn, and blocks the key then',
    async run(fixture) {
      const { held, deadLetters } = fixture.persistence;
      await hold(fixture, 'm1', 'k');
      const second = messageOf('m2', { partitionkey: 'k' });
      const blocking = { envelope: second, block: true };
      expect(await park(fixture, 'm2', blocking)).toBe('held');
      expect(await total(fixture)).toBe(0);
      await hold(fixture, 'm2', 'k', { attempts: 0 });
      await hold(fixture, 'm3', 'k', { attempts: 0 });
      // A copy that comes now.
      expect(await park(fixture, 'm2', blocking)).toBe('duplicate');
      expect(await park(fixture, 'm2', { envelope: second })).toBe('duplicate');
      await apply(fixture, await claimOne(fixture));
      const { claim } = await claimOne(fixture);
      expect(await park(fixture, 'm2', { ...blocking, claim })).toBe('parked');
      expect(await claimAll(fixture)).toEqual([]);
      // What comes while the key is blocked does not open it, nor does discarding what waits elsewhere.
      const fourth = { envelope: messageOf('m4', { partitionkey: 'k' }), block: true };
      expect(await park(fixture, 'm4', fourth)).toBe('held');
      expect(await deadLetters.discard({ ids: ['letter of m4'] })).toBe(0);
      expect(await held.list({ state: 'blocked' })).toMatchObject([{ key: 'k', depth: 2 }]);
      expect(await deadLetters.replay('letter of m2')).toBe(true);
      const order: string[] = [];
      for (let round = 0; round < 2; round += 1) {
        const claimed = await claimOne(fixture);
        order.push(claimed.envelope.id);
        expect(await apply(fixture, claimed)).toBe('first');
      }
      expect(order).toEqual(['m2', 'm3']);
    },
  },
  {
    id: 'P33',
    title: 'a held delivery can block its key; discarding it lets the key go on',
    async run(fixture) {
      const { held, deadLetters } = fixture.persistence;
      await hold(fixture, 'm1', 'k');
      await hold(fixture, 'm2', 'k');
      const { claim, envelope } = await claimOne(fixture);
      expect(await park(fixture, 'm1', { envelope, claim, block: true })).toBe('parked');
      expect(await claimAll(fixture)).toEqual([]);
      expect(await deadLetters.discard({ ids: ['letter of m1'] })).toBe(1);
      expect((await deadLetters.list({ state: 'discarded' })).letters[0]?.blocking).toBe(false);
      expect(await held.list({ state: 'blocked' })).toEqual([]);
      expect(idsOf(await claimAll(fixture))).toEqual(['m2']);
    },
  },
];
