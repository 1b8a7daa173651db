import { handle, type App, type CommandHandler } from '@tidings/core';
import { command } from '@tidings/domain';
import { expect } from 'vitest';

import { eventually } from '../../eventually.ts';
import { Count, numbered, patience, type RuntimeRow, withPersistence } from './helpers.ts';

const HOUR_MS = 3_600_000;

/** Another command, for an application that does not know {@link Count}. */
const Recount = command('conformance.Recount', numbered);

/** Notes the numbers of the commands that were handled. */
function counter(handled: number[]): CommandHandler {
  return handle(Count, {}, ({ n }) => {
    handled.push(n);
  });
}

const numbers = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index);

/** P31 and P32, as applications have to keep them on any store and transport. */
export const scheduledRows: readonly RuntimeRow[] = [
  {
    id: 'P31',
    title: 'commands with a due time are handled once each, in the order of their due times',
    timeoutMs: 60_000,
    async run({ apps }) {
      const handled: number[] = [];
      // Nobody releases yet, so that all are due when somebody does, however long sending takes.
      const sender = await apps.start([counter([])], { relay: false, consume: false });
      const due = Date.now() - 1000;
      for (const n of numbers(10).toReversed()) {
        const options = { at: new Date(due + n * 10), partitionKey: 'k' };
        await sender.bus.send(Count({ key: 'k', n }), options);
      }
      await sender.bus.send(Count({ key: 'k', n: 99 }), { in: HOUR_MS });
      const app = await apps.start([counter(handled)]);
      await eventually(() => handled.length >= 10, patience);
      const { scheduled } = await app.settled(patience);
      expect(handled).toEqual(numbers(10));
      expect(scheduled).toBe(1);
    },
  },
  {
    id: 'P31',
    title: 'with several applications that release, each command fires once',
    needs: ['concurrentUnits'],
    timeoutMs: 60_000,
    async run({ apps }) {
      const handled: number[] = [];
      const started: App[] = [];
      for (let index = 0; index < 3; index += 1) started.push(await apps.start([counter(handled)]));
      const count = 60;
      await Promise.all(
        numbers(count).map(async (n) =>
          started[n % started.length]?.bus.send(Count({ key: `k${n}`, n }), { in: (n % 7) * 30 }),
        ),
      );
      await eventually(() => handled.length >= count, patience);
      await apps.stop();
      expect(handled.toSorted((a, b) => a - b)).toEqual(numbers(count));
    },
  },
  {
    id: 'P31',
    title: 'a command with a due time that one process stores is released by another',
    needs: ['concurrentUnits'],
    timeoutMs: 30_000,
    async run({ apps }) {
      const handled: number[] = [];
      const sender = await apps.start([counter([])], { relay: false, consume: false });
      await apps.start([counter(handled)]);
      await sender.bus.send(Count({ key: 'k', n: 1 }), { in: 50 });
      await eventually(() => handled.length > 0, patience);
      expect(handled).toEqual([1]);
    },
  },
  {
    id: 'P31',
    title: 'a store that cannot be asked for a while only delays what is due',
    timeoutMs: 30_000,
    async run({ apps, fixture }) {
      const handled: number[] = [];
      let failures = 3;
      const adapters = withPersistence(fixture.adapters(), ({ scheduled }) => ({
        scheduled: {
          release: (limit) =>
            failures-- > 0
              ? Promise.reject(new Error('the connection was lost'))
              : scheduled.release(limit),
          cancel: (messageId) => scheduled.cancel(messageId),
          reschedule: (messageId, due) => scheduled.reschedule(messageId, due),
          nextDueIn: () => scheduled.nextDueIn(),
          list: (query, page) => scheduled.list(query, page),
        },
      }));
      const app = await apps.start([counter(handled)], { adapters });
      await app.bus.send(Count({ key: 'k', n: 1 }), { in: 0 });
      await eventually(() => handled.length > 0, patience);
      expect(failures).toBeLessThan(0);
      expect(handled).toEqual([1]);
    },
  },
  {
    id: 'P32',
    title: 'of cancelling and firing at once exactly one happens',
    timeoutMs: 60_000,
    async run({ apps }) {
      const handled: number[] = [];
      const app = await apps.start([counter(handled)]);
      const ids: string[] = [];
      const count = 40;
      for (const n of numbers(count)) {
        ids.push(await app.bus.send(Count({ key: `k${n}`, n }), { in: 20 }));
      }
      const cancelled: boolean[] = [];
      for (const id of ids.toReversed()) cancelled.unshift(await app.bus.cancel(id));
      await app.settled(patience);
      expect(handled.toSorted((a, b) => a - b)).toEqual(
        numbers(count).filter((n) => cancelled[n] === false),
      );
    },
  },
  {
    id: 'P31',
    title: 'a command whose handler has gone meanwhile becomes a dead letter like any other',
    timeoutMs: 30_000,
    async run({ apps }) {
      const before = await apps.start([counter([])]);
      const id = await before.bus.send(Count({ key: 'k', n: 1 }), { in: HOUR_MS });
      await before.stop();
      const after = await apps.start([handle(Recount, {}, () => {})]);
      await after.bus.reschedule(id, { in: 0 });
      const letter = await eventually(
        async () => (await after.deadLetters.list()).letters[0],
        patience,
      );
      expect(letter.envelope?.id).toBe(id);
    },
  },
];
