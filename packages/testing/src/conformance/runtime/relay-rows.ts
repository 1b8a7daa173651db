import { createUncheckedApp, feature, on, PublishError } from '@tidings/core';
import type { App, Subscription } from '@tidings/core';
import { expect } from 'vitest';

import { eventually, neverWithin } from '../../eventually.ts';
import { gate } from '../../gate.ts';
import {
  Counted,
  patience,
  startPersistence,
  withPersistence,
  withPublish,
  type Numbered,
  type RuntimeRow,
} from './helpers.ts';

function collector(handled: Numbered[]): Subscription {
  return on(Counted, 'collector', {}, (data) => {
    handled.push(data);
  }) as Subscription;
}

function inOrderPerKey(handled: readonly Numbered[]): boolean {
  const last = new Map<string, number>();
  return handled.every(({ key, n }) => {
    const isNext = n === (last.get(key) ?? -1) + 1;
    last.set(key, n);
    return isNext;
  });
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

const relays = (count: number): RuntimeRow => ({
  id: 'P13',
  title: `${count} relays deliver every message once and keep the order per key`,
  needs: ['concurrentUnits'],
  timeoutMs: 60_000,
  async run({ apps }) {
    const handled: Numbered[] = [];
    const started: App[] = [];
    for (let index = 0; index < count; index += 1) {
      started.push(await apps.start([collector(handled)]));
    }
    const publishing = Array.from({ length: 5 }, async (_, key) => {
      for (let n = 0; n < 20; n += 1) {
        await started[n % count]?.bus.publish(Counted({ key: `key ${key}`, n }));
      }
    });
    await Promise.all(publishing);
    await eventually(() => handled.length >= 100, {
      timeoutMs: 20_000,
      what: 'that 100 events are handled',
    });
    await apps.stop();
    expect(handled).toHaveLength(100);
    expect(inOrderPerKey(handled)).toBe(true);
  },
});

/** P13, P15, P17 and P21, as the relay and the consumers have to keep them on any store. */
export const relayRows: readonly RuntimeRow[] = [
  relays(2),
  relays(5),
  {
    id: 'P15',
    title:
      'what was published but not marked is published again with the same id, and dropped as a copy',
    timeoutMs: 60_000,
    async run({ apps, fixture }) {
      const handled: Numbered[] = [];
      const adapters = withPersistence(fixture.adapters(), ({ checkpoints }) => ({
        checkpoints: {
          read: (name) => checkpoints.read(name),
          advance: () => Promise.reject(new Error('the connection was lost')),
        },
      }));
      const first = await apps.start([collector(handled)], { adapters });
      await first.bus.publish(Counted({ key: 'k', n: 0 }));
      await first.bus.publish(Counted({ key: 'k', n: 1 }));
      await eventually(() => handled.length === 2, patience);
      await first.stop({ deadlineMs: 1000 });
      const second = await apps.start([collector(handled)]);
      await second.bus.publish(Counted({ key: 'k', n: 2 }));
      await eventually(() => handled.length === 3, patience);
      const { handled: records, duplicates } = await second.settled(patience);
      // The first one's relay began again and again: more copies than these may have been left.
      expect(new Set(duplicates.map(({ messageId }) => messageId)).size).toBe(2);
      expect(records).toHaveLength(1);
      expect(handled.map(({ n }) => n)).toEqual([0, 1, 2]);
    },
  },
  {
    id: 'P15',
    title: 'what was read while a message before it failed is not published before that message',
    timeoutMs: 60_000,
    async run({ apps, fixture }) {
      const handled: Numbered[] = [];
      const published: string[][] = [];
      const isOnTheWay = gate();
      const isReading = gate();
      let reads = 0;
      const slow = withPersistence(fixture.adapters(), ({ log }) => ({
        log: {
          sequence: (lease, limit) => log.sequence(lease, limit),
          head: () => log.head(),
          hasUnsequenced: () => log.hasUnsequenced(),
          scan: (types, after, limit) => log.scan(types, after, limit),
          read: async (after, limit) => {
            const messages = await log.read(after, limit);
            if (messages.length > 0) reads += 1;
            if (messages.length === 0 || reads !== 2) return messages;
            // The first message fails while the second is read, and the relay gets to know of it.
            isReading.open();
            await turns(20);
            return messages;
          },
        },
      }));
      const adapters = withPublish(slow, (publish) => async (messages) => {
        published.push(messages.map(({ envelope: { body } }) => body));
        if (published.length > 1) return publish(messages);
        isOnTheWay.open();
        await isReading.opened;
        const [first] = messages;
        throw new PublishError([
          {
            messageId: first?.envelope.id ?? '',
            kind: 'unconfirmed',
            why: 'the connection was lost',
          },
        ]);
      });
      const app = await apps.start([collector(handled)], { adapters });
      await app.bus.publish(Counted({ key: 'k', n: 0 }));
      await isOnTheWay.opened;
      await app.bus.publish(Counted({ key: 'k', n: 1 }));
      await eventually(() => handled.length >= 2, patience);
      expect(published[1]?.[0]).toEqual(published[0]?.[0]);
      expect(handled.map(({ n }) => n)).toEqual([0, 1]);
    },
  },
  {
    id: 'P17',
    title: 'the relay of a process that died with the lease is replaced when the lease expires',
    needs: ['concurrentUnits'],
    timeoutMs: 60_000,
    async run({ apps, fixture }) {
      const persistence = await startPersistence(fixture);
      const dead = await persistence.leases.acquire('relay', 'a process that died', 600_000);
      if (dead === undefined) throw new Error('the lease of the relay is not free');
      const handled: Numbered[] = [];
      const app = await apps.start([collector(handled)]);
      await app.bus.publish(Counted({ key: 'k', n: 0 }));
      await neverWithin(100, () => handled.length > 0, 'that somebody else relays');
      // From here on it is not renewed any more.
      await persistence.leases.renew(dead, 100);
      await eventually(() => handled.length === 1, patience);
      await persistence.close();
    },
  },
  {
    id: 'P21',
    title:
      'an application that forgets deliveries and intents before its retries end is not composed',
    async run({ fixture }) {
      const subscription = on(Counted, 'slow', {}, () => {}, {
        retry: [{ delays: [60_000, 60_000] }],
      });
      const compose = (inboxRetentionMs: number): void => {
        createUncheckedApp({
          service: 'conformance',
          features: [feature('conformance', [subscription])],
          adapters: fixture.adapters(),
          inboxRetentionMs,
        });
      };
      expect(() => compose(100_000)).toThrow(
        expect.objectContaining({ code: 'TIDINGS_INVALID_COMPOSITION' }),
      );
      expect(() => compose(1_000_000)).not.toThrow();
      await Promise.resolve();
    },
  },
];
