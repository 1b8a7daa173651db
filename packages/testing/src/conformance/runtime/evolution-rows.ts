import { handle, on, type RetryPolicy } from '@tidings/core';
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
  type Step,
} from './evolution-builds.ts';
import { patience, startPersistence, type RuntimeRow } from './helpers.ts';

const failing: RetryPolicy = [{ delays: Array.from({ length: 1000 }, () => 30), jitter: 0 }];
const refuse = (): never => {
  throw new Error('not in this build');
};

const numbersOf = (key: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${key}${n}`);

/** F33: what one build stored is handled by another, before or after it, once and in order. */
export const evolutionRows: readonly RuntimeRow[] = [
  {
    id: 'F33',
    title: 'what an older build stored, at once or for later, comes upcast to the newer one',
    timeoutMs: 60_000,
    async run({ apps }) {
      const first = await apps.start([handle(older.Move, {}, () => {}), olderViews([])], idle);
      await first.bus.publish(older.Moved({ key: 'k', n: 1 }));
      await first.bus.send(older.Move({ key: 'k', n: 2 }));
      await first.bus.send(older.Move({ key: 'k', n: 3 }), { in: 1 });
      await first.stop();
      const seen: string[] = [];
      const mover = handle(newer.Move, {}, ({ step: { number } }) => {
        seen.push(`move ${number}`);
      });
      await apps.start([mover, newerViews(seen)]);
      await eventually(() => seen.length >= 3, patience);
      expect(seen.toSorted()).toEqual(['k1', 'move 2', 'move 3']);
    },
  },
  {
    id: 'F33',
    title: 'so does what an older build has tried and holds, with its attempts',
    timeoutMs: 60_000,
    async run({ apps }) {
      let tried = 0;
      const broken = on(
        older.Moved,
        'views',
        {},
        () => {
          tried += 1;
          refuse();
        },
        { retry: failing },
      );
      const first = await apps.start([broken]);
      await first.bus.publish(older.Moved({ key: 'k', n: 1 }));
      await eventually(() => tried >= 2, patience);
      await first.stop();
      const seen: (readonly [Step, number])[] = [];
      const views = on(newer.Moved, 'views', {}, (data, _, { attempt }) => {
        seen.push([data, attempt]);
      });
      await apps.start([views]);
      await eventually(() => seen.length > 0, patience);
      expect(seen).toEqual([[{ key: 'k', step: { number: 1 } }, tried + 1]]);
    },
  },
  {
    id: 'F33',
    title: 'so does a dead letter of an older build that is replayed',
    timeoutMs: 60_000,
    async run({ apps }) {
      const first = await apps.start([on(older.Moved, 'views', {}, refuse, { retry: [] })]);
      await first.bus.publish(older.Moved({ key: 'k', n: 1 }));
      await eventually(async () => (await deadLetterCount(first)) > 0, patience);
      await first.stop();
      const seen: string[] = [];
      const second = await apps.start([newerViews(seen)]);
      expect(await second.deadLetters.replay({ reason: 'retries-exhausted' })).toBe(1);
      await eventually(() => seen.length > 0, patience);
      expect(seen).toEqual(['k1']);
    },
  },
  {
    id: 'F33',
    title:
      'an older and a newer build side by side handle what both publish, once and in order per key',
    needs: ['concurrentUnits'],
    timeoutMs: 120_000,
    async run({ apps }) {
      const handled: string[] = [];
      // The one that was there first has the lease of the relay.
      const old = await apps.start([olderViews(handled)]);
      const next = await apps.start([newerViews(handled)]);
      const keys = ['a', 'b', 'c', 'd'];
      await Promise.all(
        keys.map(async (key) => {
          for (let number = 0; number < 10; number += 2) {
            await old.bus.publish(older.Moved({ key, n: number }));
            await next.bus.publish(newer.Moved({ key, step: { number: number + 1 } }));
          }
        }),
      );
      await eventually(() => handled.length >= 40, { timeoutMs: 100_000 });
      await apps.stop();
      expect(handled).toHaveLength(40);
      for (const key of keys) expect(ofKey(handled, key)).toEqual(numbersOf(key, 10));
      const after = await apps.start([newerViews(handled)]);
      expect([await deadLetterCount(after), handled.length]).toEqual([0, 40]);
    },
  },
  {
    id: 'F33',
    title: 'a dead letter of a type that an older build did not know is handled by one that does',
    timeoutMs: 60_000,
    async run({ apps, fixture }) {
      const persistence = await startPersistence(fixture);
      for (const [id, type] of [
        ['m1', 'conformance.Moved'],
        ['m2', 'conformance.Gone'],
      ] as const) {
        await persistence.deadLetters.park({
          id: `letter of ${id}`,
          subscription: 'views',
          reason: 'unknown-type',
          error: 'unknown',
          attempts: 1,
          envelope: movedEvent(id, { type }),
          block: false,
        });
      }
      const handled: string[] = [];
      const app = await apps.start([newerViews(handled)]);
      await eventually(() => handled.length > 0, patience);
      expect(handled).toEqual(['k1']);
      const { letters } = await app.deadLetters.list();
      expect(letters).toMatchObject([{ id: 'letter of m2', state: 'dead' }]);
      await persistence.close();
    },
  },
];
