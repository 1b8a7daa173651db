import { on, processManager } from '@tidings/core';
import type { App, Envelope, ProcessManager, Subscription } from '@tidings/core';
import { event, type EventDefinition } from '@tidings/domain';
import { expect } from 'vitest';

import { eventually } from '../../eventually.ts';
import { Counted, patience, startPersistence, type Numbered, type RuntimeRow } from './helpers.ts';
import { add, counter, running, seenBy, tally } from './process-rows.ts';

const HOUR_MS = 3_600_000;

/** What a process tells of its timeouts. */
const Reminded: EventDefinition<'conformance.Reminded', typeof Counted.schema> = event(
  'conformance.Reminded',
  Counted.schema,
);

/** Collects the numbers that timeouts tell. */
function listener(heard: number[]): Subscription {
  return on(Reminded, 'listener', {}, ({ n }) => {
    heard.push(n);
  }) as Subscription;
}

/** Number 9 completes it; any other sets the reminder anew, due in so many milliseconds. */
function reminding(dueIn: (n: number) => number): ProcessManager {
  return tally(
    (state, event_) => {
      if (event_.n === 9) return { complete: true };
      const { n } = event_;
      return {
        state: { seen: [...(state?.seen ?? []), n] },
        timeouts: { reminder: { in: dueIn(n) } },
      };
    },
    {
      timeouts: {
        reminder: ({ seen }) => ({ publish: [Reminded({ key: 'k', n: seen.length })] }),
        late: () => {},
      },
    },
  );
}

const soonForTwo = (n: number): number => (n === 2 ? 0 : HOUR_MS);

async function count(app: App, n: number): Promise<void> {
  await app.bus.publish(Counted({ key: 'k', n }));
  await app.settled(patience);
}

/** What is stored and not due yet. */
async function pending(app: App): Promise<number> {
  return (await app.settled(patience)).scheduled;
}

/** The message of a timeout, as the process itself stores it. */
function timeoutOf(instance: string, attributes: Partial<Envelope> = {}): Envelope {
  return {
    id: `a timeout of ${instance}`,
    kind: 'event',
    type: 'conformance.tally.timeout',
    source: 'conformance',
    time: '2026-01-01T00:00:00.000Z',
    dataversion: 1,
    correlationid: 'c1',
    partitionkey: 'one',
    body: JSON.stringify({ key: 'one', instance, timeout: 'reminder' }),
    ...attributes,
  };
}

/** P26 and what else concerns instances that come late, are over, or are older than the code. */
export const processStoryRows: readonly RuntimeRow[] = [
  {
    id: 'P26',
    title: 'an event for an instance that was never started, or is complete, is ignored',
    async run({ apps }) {
      const handled: Numbered[] = [];
      const Other = event('conformance.Other', Counted.schema, { partitionKey: ({ key }) => key });
      const process = processManager('tally', {
        state: Counted.schema,
        startedBy: [Counted],
        continuedBy: [Other],
        correlate: {
          'conformance.Counted': ({ key }) => key,
          'conformance.Other': ({ key }) => key,
        },
        on: {
          'conformance.Counted': (_, data) => ({ state: data }),
          'conformance.Other': (_, data) => {
            handled.push(data);
            return { complete: true };
          },
        },
      });
      const app = await apps.start([process]);
      await app.bus.publish(Other({ key: 'k', n: 1 }));
      await app.bus.publish(Counted({ key: 'k', n: 2 }));
      await app.bus.publish(Other({ key: 'k', n: 3 }));
      await app.bus.publish(Other({ key: 'k', n: 4 }));
      const { deadLettered } = await app.settled(patience);
      expect(handled.map(({ n }) => n)).toEqual([3]);
      expect(deadLettered).toEqual([]);
      expect(await running(app)).toEqual([]);
    },
  },
  {
    id: 'P26',
    title:
      'where missing instances are errors, such an event is tried again and then a dead letter',
    async run({ apps }) {
      const Other = event('conformance.Other', Counted.schema);
      const process = processManager('tally', {
        state: Counted.schema,
        startedBy: [Counted],
        continuedBy: [Other],
        correlate: {
          'conformance.Counted': ({ key }) => key,
          'conformance.Other': ({ key }) => key,
        },
        on: {
          'conformance.Counted': (_, data) => ({ state: data }),
          'conformance.Other': () => ({ complete: true }),
        },
        onMissing: 'dead-letter',
        onPoison: 'park',
        retry: [{ immediate: 1 }],
      });
      const app = await apps.start([process]);
      await app.bus.publish(Other({ key: 'k', n: 1 }));
      const { failed } = await app.settled(patience);
      expect(failed).toMatchObject([{ error: { code: 'TIDINGS_PROCESS_NOT_FOUND' } }]);
      const { letters } = await app.deadLetters.list();
      expect(letters).toMatchObject([{ subscription: 'tally', attempts: 2 }]);
      await app.bus.publish(Counted({ key: 'k', n: 2 }));
      await app.settled(patience);
      await app.deadLetters.replay({});
      await app.settled(patience);
      expect(await running(app)).toEqual([]);
      expect((await app.deadLetters.list()).total).toBe(0);
    },
  },
  {
    id: 'P26',
    title: 'a timeout that is due is handled once, also when it was set in a process that stopped',
    timeoutMs: 60_000,
    async run({ apps }) {
      const heard: number[] = [];
      const first = await apps.start([reminding(() => 300), listener(heard)]);
      await first.bus.publish(Counted({ key: 'k', n: 1 }));
      await eventually(async () => (await running(first)).length === 1, patience);
      await first.stop();
      const second = await apps.start([reminding(() => 300), listener(heard)]);
      await eventually(() => heard.length > 0, patience);
      await second.settled(patience);
      expect(heard).toEqual([1]);
      expect(await running(second)).toMatchObject([{ version: 2, timeouts: {} }]);
      await count(second, 9);
      expect(await running(second)).toEqual([]);
    },
  },
  {
    id: 'P26',
    title: 'a timeout that is set anew replaces the one that is open, and completing cancels it',
    timeoutMs: 60_000,
    async run({ apps }) {
      const heard: number[] = [];
      const app = await apps.start([reminding(soonForTwo), listener(heard)]);
      await count(app, 1);
      expect([heard, await pending(app)]).toEqual([[], 1]);
      await count(app, 2);
      await eventually(() => heard.length > 0, patience);
      expect([heard, await pending(app)]).toEqual([[2], 0]);
      await count(app, 3);
      const [instance] = await running(app);
      expect(Object.keys(instance?.timeouts ?? {})).toEqual(['reminder']);
      expect(await pending(app)).toBe(1);
      await count(app, 9);
      expect([await running(app), await pending(app)]).toEqual([[], 0]);
      expect(heard).toEqual([2]);
    },
  },
  {
    id: 'P26',
    title: 'a timeout of an instance that is complete is ignored, also where a new one has its key',
    async run({ apps, fixture }) {
      const heard: number[] = [];
      const app = await apps.start([reminding(() => HOUR_MS), listener(heard)]);
      await count(app, 1);
      const [first] = await running(app);
      await count(app, 9);
      const store = await startPersistence(fixture);
      const late = async (id: string): Promise<void> => {
        const unit = await store.begin();
        await unit.commit({ messages: [timeoutOf(first?.instanceId ?? '', { id })] });
        await app.settled(patience);
      };
      await late('after completion');
      expect(await running(app)).toEqual([]);
      await count(app, 2);
      await late('with another instance');
      const [second] = await running(app);
      await count(app, 3);
      // Its own, but set anew meanwhile.
      const stale = timeoutOf(second?.instanceId ?? '', { id: second?.timeouts['reminder'] ?? '' });
      const unit = await store.begin();
      await unit.commit({ messages: [stale] });
      const { deadLettered } = await app.settled(patience);
      await store.close();
      expect([heard, deadLettered]).toEqual([[], []]);
      expect(await seenBy(app)).toEqual([[2, 3]]);
      expect(await pending(app)).toBe(1);
    },
  },
  {
    id: 'P26',
    title: 'a timeout that nobody has a handler of is kept as a dead letter',
    async run({ apps, fixture }) {
      const app = await apps.start([tally(add), counter([])]);
      const store = await startPersistence(fixture);
      const unit = await store.begin();
      const body = JSON.stringify({ key: 'one', instance: 'i', timeout: 'of newer code' });
      await unit.commit({ messages: [timeoutOf('i', { body })] });
      await app.settled(patience);
      await store.close();
      expect((await app.deadLetters.list()).letters).toMatchObject([{ reason: 'unknown-timeout' }]);
    },
  },
  {
    id: 'S20',
    title:
      'an instance of an older version goes on in a newer one, and what older code meets is kept',
    timeoutMs: 60_000,
    async run({ apps }) {
      const old = tally((_, { n }) => ({ state: { seen: [n] } }), { retry: [] });
      const first = await apps.start([old]);
      await count(first, 1);
      await first.stop();
      const newer = tally(add, {
        version: 3,
        migrations: {
          1: (state) => ({ ...(state as object), seen: [100, ...(state as { seen: [] }).seen] }),
          2: (state) => ({ ...(state as object), seen: [...(state as { seen: [] }).seen, 200] }),
        },
        retry: [],
      });
      const second = await apps.start([newer, counter([])]);
      await count(second, 2);
      expect(await seenBy(second)).toEqual([[100, 1, 200, 2]]);
      expect(await running(second)).toMatchObject([{ stateVersion: 3, version: 2 }]);
      await second.stop();
      const third = await apps.start([old]);
      await count(third, 3);
      const { letters } = await third.deadLetters.list();
      expect(letters).toMatchObject([{ reason: 'retries-exhausted', blocking: true }]);
      expect(letters[0]?.error).toContain('has version 3, versions up to 1 are known here');
      await third.stop();
      const fourth = await apps.start([newer, counter([])]);
      await fourth.deadLetters.replay({});
      await fourth.settled(patience);
      expect(await seenBy(fourth)).toEqual([[100, 1, 200, 2, 3]]);
    },
  },
  {
    id: 'S20',
    title: 'a state that a migration cannot read, or that does not fit any more, is a dead letter',
    async run({ apps }) {
      const first = await apps.start([tally((_, { n }) => ({ state: { seen: [n] } }))]);
      await count(first, 1);
      await first.stop();
      const throwing = {
        1: (): never => {
          throw new TypeError('cannot be read');
        },
      };
      for (const [migrations, why] of [
        [throwing, 'the migration from version 1 threw'],
        [{ 1: () => ({}) }, 'seen: must be a list'],
      ] as const) {
        const app = await apps.start([tally(add, { version: 2, migrations, onPoison: 'park' })]);
        await count(app, 2);
        const { letters } = await app.deadLetters.list();
        expect(letters).toMatchObject([
          { attempts: 1, error: expect.stringContaining(why) as string },
        ]);
        await app.deadLetters.discard({});
        await app.stop();
      }
    },
  },
];
