import { handle, on } from '@tidings/core';
import type { App, HandlerContext, RetryPolicy } from '@tidings/core';
import { expect } from 'vitest';

import { eventually, neverWithin } from '../../eventually.ts';
import { gate } from '../../gate.ts';
import {
  Count,
  Counted,
  delegateHeld,
  patience,
  quickRetries,
  withPersistence,
  type RuntimeRow,
} from './helpers.ts';

const failure = (): never => {
  throw new Error('the handler failed');
};

/** Tries to change the envelope, which a store or a transport that shares it must not let through. */
function tamper({ envelope }: HandlerContext): void {
  try {
    (envelope as { correlationid: string }).correlationid = 'changed';
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

const unparkable = (what: string, retry: RetryPolicy, wasHeld: boolean): RuntimeRow => ({
  id: 'T23',
  title: `${what} cannot be parked it is kept, tried again and parked soon, and that is logged`,
  timeoutMs: 60_000,
  async run({ apps, fixture }) {
    let refusals = 1;
    let released = 0;
    const adapters = withPersistence(fixture.adapters(), ({ deadLetters, held }) => ({
      held: {
        ...delegateHeld(held),
        release: (...given) => {
          released += 1;
          return held.release(...given);
        },
      },
      deadLetters: {
        list: (query, page) => deadLetters.list(query, page),
        replay: (id, replay) => deadLetters.replay(id, replay),
        discard: (query) => deadLetters.discard(query),
        park: async (letter) => {
          refusals -= 1;
          if (refusals >= 0) throw new Error('the store is full');
          return deadLetters.park(letter);
        },
      },
    }));
    const app = await apps.start([on(Counted, 'failing', {}, failure, { retry })], { adapters });
    await app.bus.publish(Counted({ key: 'k', n: 0 }));
    const letters = await eventually(async () => {
      const page = await app.deadLetters.list();
      return page.total > 0 ? page.letters : undefined;
    }, patience);
    // A claim that is not given back would keep the delivery until it expires.
    expect(released).toBe(wasHeld ? 1 : 0);
    expect(letters).toMatchObject([{ reason: 'retries-exhausted' }]);
    expect(apps.logger.messages('warn').length).toBeGreaterThan(0);
  },
});

/** T21–T24 and T26, as the consumers have to keep them on any store and transport. */
export const runtimeDeliveryRows: readonly RuntimeRow[] = [
  {
    id: 'T21',
    title: 'attempts are counted from 1, at once and delayed, and go on in another process',
    timeoutMs: 60_000,
    async run({ apps }) {
      const attempts: string[] = [];
      let first: App | undefined;
      let stopping: Promise<void> | undefined;
      const failing = (name: string, until: number, last = () => {}) =>
        on(
          Counted,
          'failing',
          {},
          (_, __, { attempt }) => {
            attempts.push(`${name} ${attempt}`);
            if (attempt === 3) last();
            if (attempt < until) failure();
          },
          { retry: [{ immediate: 2, delays: [30, 30, 30], jitter: 0 }] },
        );
      // It stops from within its third attempt, so that it cannot come to a fourth.
      const stopAfter = (): void => {
        stopping = first?.stop();
      };
      first = await apps.start([failing('a', 100, stopAfter)]);
      await first.bus.publish(Counted({ key: 'k', n: 0 }));
      await eventually(() => stopping !== undefined, patience);
      await stopping;
      const second = await apps.start([failing('b', 6)]);
      await eventually(() => attempts.length === 6, patience);
      const { handled, deadLettered } = await second.settled(patience);
      expect(attempts).toEqual(['a 1', 'a 2', 'a 3', 'b 4', 'b 5', 'b 6']);
      expect([handled.length, deadLettered.length]).toEqual([1, 0]);
    },
  },
  {
    id: 'T21',
    title:
      'a delivery that used up its attempts is a dead letter with their number and the last error',
    async run({ apps }) {
      const app = await apps.start([on(Counted, 'failing', {}, failure, { retry: quickRetries })]);
      await app.bus.publish(Counted({ key: 'k', n: 0 }));
      const { deadLettered, failed } = await app.settled(patience);
      expect([deadLettered.length, failed.length]).toEqual([1, 6]);
      expect((await app.deadLetters.list()).letters).toMatchObject([
        { subscription: 'failing', reason: 'retries-exhausted', attempts: 7, state: 'dead' },
      ]);
    },
  },
  {
    id: 'T22',
    title: 'what a handler that fails did to its message is not seen by the next attempt',
    async run({ apps }) {
      const seen: (string | undefined)[] = [];
      const tampering = on(
        Counted,
        'tampering',
        {},
        (_, __, context) => {
          seen.push(context.envelope?.correlationid);
          tamper(context);
          if (seen.length < 5) failure();
        },
        { retry: quickRetries },
      );
      const app = await apps.start([tampering]);
      await app.bus.publish(Counted({ key: 'k', n: 0 }), { correlationId: 'original' });
      await app.settled(patience);
      expect(seen).toEqual(Array.from({ length: 5 }, () => 'original'));
    },
  },
  unparkable('when a failed delivery', [], false),
  unparkable('when a failed delivery that was held', [{ delays: [10], jitter: 0 }], true),
  {
    id: 'T24',
    title: 'what a failed handler sent in its unit of work is not sent; what it sent on its own is',
    needs: ['concurrentUnits'],
    async run({ apps }) {
      const counted: string[] = [];
      const counter = handle(Count, {}, ({ key }) => {
        counted.push(key);
      });
      const sender = on(
        Counted,
        'sender',
        {},
        async (_, __, context) => {
          context.send(Count({ key: 'with the unit', n: 0 }));
          await app.bus.send(Count({ key: 'on its own', n: 0 }));
          failure();
        },
        { retry: [] },
      );
      const app = await apps.start([counter, sender]);
      await app.bus.publish(Counted({ key: 'k', n: 0 }));
      await app.settled(patience);
      expect(counted).toEqual(['on its own']);
    },
  },
  {
    id: 'T26',
    title: 'stopping lets a handler end in time; a second stop is nothing; it can be started again',
    async run({ apps }) {
      let running = 0;
      const { opened: finished, open: finish } = gate();
      const slow = on(Counted, 'slow', {}, async () => {
        running += 1;
        await finished;
      });
      const app = await apps.start([slow]);
      await app.bus.publish(Counted({ key: 'k', n: 0 }));
      await eventually(() => running === 1, patience);
      let isStopped = false;
      const stopping = app.stop({ deadlineMs: 30_000 }).finally(() => {
        isStopped = true;
      });
      await neverWithin(50, () => isStopped, 'the end of stopping');
      finish();
      await stopping;
      await app.stop();
      expect(app.state).toBe('stopped');
      await app.start();
      await app.bus.publish(Counted({ key: 'k', n: 1 }));
      const { handled } = await app.settled(patience);
      expect(handled.at(-1)).toMatchObject({ subscription: 'slow' });
      expect(running).toBe(2);
    },
  },
  {
    id: 'T26',
    title: 'a handler that outlasts the deadline is aborted, saves nothing and is done again',
    timeoutMs: 60_000,
    async run({ apps }) {
      const signals: AbortSignal[] = [];
      const stubborn = on(
        Counted,
        'stubborn',
        {},
        async (_, __, { signal }) => {
          signals.push(signal);
          if (signals.length === 1) await new Promise<void>(() => {});
        },
        { retry: quickRetries },
      );
      const first = await apps.start([stubborn]);
      await first.bus.publish(Counted({ key: 'k', n: 0 }));
      await eventually(() => signals.length === 1, patience);
      await first.stop({ deadlineMs: 50 });
      expect(signals[0]?.aborted).toBe(true);
      const second = await apps.start([stubborn]);
      await eventually(() => signals.length === 2, patience);
      const { deadLettered } = await second.settled(patience);
      expect(deadLettered).toEqual([]);
      expect(signals).toHaveLength(2);
    },
  },
];
