import { handle, on, type CommandHandler, type FeaturePart } from '@tidings/core';
import { command } from '@tidings/domain';
import { expect } from 'vitest';

import { Count, Counted, patience, type RuntimeRow } from './helpers.ts';

/** Carries {@link Count} out, and tells how often it did. */
function counter(): {
  readonly handler: CommandHandler<typeof Count>;
  readonly runs: () => number;
} {
  let runs = 0;
  const handler = handle(Count, {}, (data, _, context) => {
    runs += 1;
    context.publish(Counted(data));
    return { run: runs };
  });
  return { handler: handler as CommandHandler<typeof Count>, runs: () => runs };
}

const order = Count({ key: 'k', n: 1 });
const intent = 'an order of a customer';

/** S39: what is meant once takes effect once, and everybody who repeats it gets the answer of the first. */
export const intentRows: readonly RuntimeRow[] = [
  {
    id: 'S39',
    title: 'ten repeats of an intent at once have one effect, and all get its answer',
    async run({ apps }) {
      const { handler, runs } = counter();
      const heard: number[] = [];
      const listener = on(Counted, 'listener', {}, ({ n }) => heard.push(n));
      const app = await apps.start([handler as FeaturePart, listener]);
      const repeats = Array.from({ length: 10 }, () => app.bus.execute(order, { intent }));
      expect(await Promise.all(repeats)).toEqual(repeats.map(() => ({ run: 1 })));
      await app.settled(patience);
      expect([runs(), heard]).toEqual([1, [1]]);
    },
  },
  {
    id: 'S39',
    title:
      'ten repeats that come to two applications at once have one effect, and all get its answer',
    needs: ['concurrentUnits'],
    async run({ apps }) {
      const { handler, runs } = counter();
      const heard: number[] = [];
      const parts = [handler as FeaturePart, on(Counted, 'listener', {}, ({ n }) => heard.push(n))];
      const [left, right] = [await apps.start(parts), await apps.start(parts)];
      const repeats = Array.from({ length: 10 }, (_, number) =>
        (number % 2 === 0 ? left : right).bus.execute(order, {
          intent,
          waitFor: ['listener'],
          ...patient,
        }),
      );
      expect(await Promise.all(repeats)).toEqual(repeats.map(() => ({ run: 1 })));
      expect([runs(), heard]).toEqual([1, [1]]);
    },
  },
  {
    id: 'S39',
    title: 'other data, and another command, under the same intent is refused and not carried out',
    async run({ apps }) {
      const { handler, runs } = counter();
      const Other = command('conformance.Other', Count.schema);
      let others = 0;
      const other = handle(Other, {}, () => {
        others += 1;
      });
      const app = await apps.start([handler as FeaturePart, other]);
      await app.bus.execute(order, { intent });
      const conflict = { code: 'TIDINGS_INTENT_CONFLICT' };
      for (const changed of [Count({ key: 'k', n: 2 }), Other(order.data)]) {
        await expect(app.bus.execute(changed, { intent })).rejects.toMatchObject(conflict);
      }
      expect(await app.bus.execute(order, { intent })).toEqual({ run: 1 });
      expect([runs(), others]).toEqual([1, 0]);
    },
  },
  {
    id: 'S39',
    title: 'the answer of an intent outlives the process that gave it',
    async run({ apps }) {
      const { handler, runs } = counter();
      const first = await apps.start([handler as FeaturePart]);
      await first.bus.execute(order, { intent });
      await first.stop();
      const second = await apps.start([handler as FeaturePart]);
      let repeats = 0;
      const onRepeated = (): void => {
        repeats += 1;
      };
      expect(await second.bus.execute(order, { intent, onRepeated })).toEqual({ run: 1 });
      expect([runs(), repeats]).toEqual([1, 1]);
    },
  },
  {
    id: 'S39',
    title: 'who repeats an intent can wait for what the first one caused',
    async run({ apps }) {
      const { handler } = counter();
      let isApplied = false;
      const listener = on(Counted, 'listener', {}, () => {
        isApplied = true;
      });
      const parts = [handler as FeaturePart, listener];
      const first = await apps.start(parts, { consume: false });
      await first.bus.execute(order, { intent });
      const waiting = { intent, waitFor: [listener] };
      await expect(
        first.bus.execute(order, { ...waiting, waitTimeoutMs: 20 }),
      ).rejects.toMatchObject({ code: 'TIDINGS_WAIT_TIMEOUT' });
      await first.stop();
      const second = await apps.start(parts);
      expect(await second.bus.execute(order, { ...waiting, ...patient })).toEqual({ run: 1 });
      expect(isApplied).toBe(true);
    },
  },
  {
    id: 'S39',
    title: 'a command that is sent and executed under one intent takes effect once',
    async run({ apps }) {
      const { handler, runs } = counter();
      const app = await apps.start([handler as FeaturePart]);
      await app.bus.send(order, { intent });
      await app.bus.send(order, { intent });
      await app.settled(patience);
      expect(await app.bus.execute(order, { intent })).toEqual({ run: 1 });
      expect(runs()).toBe(1);
    },
  },
  {
    id: 'S39',
    title: 'a command that failed leaves nothing of its intent, also where others wait for it',
    async run({ apps }) {
      let runs = 0;
      const failing = handle(Count, {}, () => {
        runs += 1;
        if (runs < 3) throw new RangeError('not yet');
        return { run: runs };
      });
      const app = await apps.start([failing]);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 4 }, () => app.bus.execute(order, { intent })),
      );
      const ends = outcomes.map((end) => ('value' in end ? end.value : String(end.reason)));
      expect(ends.toSorted(byText)).toEqual([
        'RangeError: not yet',
        'RangeError: not yet',
        { run: 3 },
        { run: 3 },
      ]);
    },
  },
];

/** For `waitFor`. */
const patient = { waitTimeoutMs: patience.timeoutMs };

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a).localeCompare(JSON.stringify(b));
}
