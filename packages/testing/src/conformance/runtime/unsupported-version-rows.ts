import { expect } from 'vitest';

import { eventually } from '../../eventually.ts';
import {
  deadLetterCount,
  idle,
  movedEvent,
  newer,
  newerViews,
  ofKey,
  older,
  olderViews,
} from './evolution-builds.ts';
import { patience, startPersistence, type RuntimeRow } from './helpers.ts';

/** A version that no build can read: it is kept, and nothing waits for it. */
const unreadable = (dataversion: number): RuntimeRow => ({
  id: 'S20',
  title: `version ${dataversion} is parked with the reason unsupported-version, and nothing waits for it`,
  timeoutMs: 60_000,
  async run({ apps, fixture }) {
    const persistence = await startPersistence(fixture);
    const unit = await persistence.begin();
    const envelope = movedEvent('m1', { dataversion, partitionkey: 'k' });
    await unit.commit({ messages: [envelope] });
    const handled: string[] = [];
    const app = await apps.start([newerViews(handled)]);
    await app.bus.publish(newer.Moved({ key: 'k', step: { number: 2 } }));
    await eventually(() => handled.length > 0, patience);
    expect(handled).toEqual(['k2']);
    const { letters } = await app.deadLetters.list();
    expect(letters).toMatchObject([{ reason: 'unsupported-version', envelope }]);
    await persistence.close();
  },
});

/** S20: versions that a build does not know. */
export const unsupportedVersionRows: readonly RuntimeRow[] = [
  {
    id: 'S20',
    title:
      'a version that is newer than known blocks its key; a build that knows it takes all of the key in order',
    timeoutMs: 60_000,
    async run({ apps }) {
      const sender = await apps.start([newerViews([])], idle);
      for (const [key, number] of [
        ['a', 0],
        ['b', 0],
        ['a', 1],
      ] as const) {
        await sender.bus.publish(newer.Moved({ key, step: { number } }));
      }
      await sender.stop();
      const handled: string[] = [];
      const old = await apps.start([olderViews(handled)]);
      await old.bus.publish(older.Moved({ key: 'a', n: 2 }));
      await old.bus.publish(older.Moved({ key: 'c', n: 0 }));
      await eventually(async () => {
        const keys = await old.deadLetters.heldKeys({ state: 'blocked' });
        return keys.reduce((sum, { depth }) => sum + depth, 0) === 4 && handled.length > 0;
      }, patience);
      const { letters } = await old.deadLetters.list({ reason: 'unsupported-version' });
      expect(new Set(letters.map(({ envelope }) => envelope?.partitionkey))).toEqual(
        new Set(['a', 'b']),
      );
      expect(letters).toHaveLength(2);
      expect(handled).toEqual(['c0']);
      await old.stop();

      const next = await apps.start([newerViews(handled)]);
      await eventually(() => handled.length >= 5, patience);
      expect(ofKey(handled, 'a')).toEqual(['a0', 'a1', 'a2']);
      await next.settled(patience);
      expect(handled.toSorted()).toEqual(['a0', 'a1', 'a2', 'b0', 'c0']);
      expect(await deadLetterCount(next)).toBe(0);
      expect(await next.deadLetters.heldKeys()).toEqual([]);
    },
  },
  {
    id: 'S20',
    title: 'what was too new for an older build is also given back by an operator who asks for it',
    timeoutMs: 60_000,
    async run({ apps, fixture }) {
      const persistence = await startPersistence(fixture);
      const sender = await apps.start([newerViews([])], idle);
      await sender.bus.publish(newer.Moved({ key: 'a', step: { number: 0 } }));
      await sender.stop();
      const old = await apps.start([olderViews([])]);
      const tooNew = { reason: 'unsupported-version' };
      await eventually(async () => (await old.deadLetters.list(tooNew)).total > 0, patience);
      // Given back to a build that cannot read it either, it comes to the same end.
      expect(await old.deadLetters.replay(tooNew)).toBe(1);
      await eventually(async () => (await old.deadLetters.list(tooNew)).total > 0, patience);
      expect(await persistence.held.list({})).toMatchObject([{ key: 'a', state: 'blocked' }]);
      expect(await old.deadLetters.discard(tooNew)).toBe(1);
      await old.bus.publish(older.Moved({ key: 'a', n: 1 }));
      const { handled } = await old.settled(patience);
      expect(handled).toMatchObject([{ subscription: 'views' }]);
      await persistence.close();
    },
  },
  unreadable(0),
  unreadable(-1),
];
