import { handle, processManager } from '@tidings/core';
import type {
  App,
  CommandHandler,
  ListedProcess,
  ProcessDefinition,
  ProcessManager,
  ProcessResult,
} from '@tidings/core';
import type { StandardSchemaV1 } from '@tidings/domain';
import { expect } from 'vitest';

import { eventually } from '../../eventually.ts';
import { gate } from '../../gate.ts';
import { Count, Counted, patience, type Numbered, type RuntimeRow } from './helpers.ts';

/** What a tally has seen. */
interface Tally {
  readonly seen: readonly number[];
}

const tallySchema: StandardSchemaV1<Tally> = {
  '~standard': {
    version: 1,
    vendor: 'tidings',
    validate: (value) =>
      Array.isArray((value as Partial<Tally>).seen)
        ? { value: value as Tally }
        : { issues: [{ path: ['seen'], message: 'must be a list' }] },
  },
};

type TallyDefinition = ProcessDefinition<
  typeof tallySchema,
  typeof Counted,
  never,
  'reminder' | 'late'
>;

/** A process that is started by any event, is one for all events, and sends each number on. */
export function tally(
  on: (
    state: Tally | undefined,
    event: Numbered,
  ) => ProcessResult<Tally, 'reminder' | 'late'> = add,
  options: Partial<TallyDefinition> & { readonly name?: string } = {},
): ProcessManager {
  const { name = 'tally', ...rest } = options;
  return processManager(name, {
    state: tallySchema,
    startedBy: [Counted],
    correlate: { 'conformance.Counted': () => 'one' },
    on: { 'conformance.Counted': on },
    timeouts: { reminder: () => {}, late: () => {} },
    ...rest,
  }) as unknown as ProcessManager;
}

export function add(state: Tally | undefined, { key, n }: Numbered): ProcessResult<Tally, never> {
  return { state: { seen: [...(state?.seen ?? []), n] }, send: [Count({ key, n })] };
}

/** Handles what a tally sends. */
export function counter(counted: number[]): CommandHandler {
  return handle(Count, {}, ({ n }) => {
    counted.push(n);
  });
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);

export async function running(app: App, process = 'tally'): Promise<readonly ListedProcess[]> {
  return (await app.processes.list({ process })).instances;
}

export async function seenBy(app: App, process = 'tally'): Promise<readonly (readonly number[])[]> {
  return (await running(app, process)).map(({ state }) => (JSON.parse(state) as Tally).seen);
}

/** P22–P26, as processes have to keep them on any store and transport. */
export const processRows: readonly RuntimeRow[] = [
  {
    id: 'P22',
    title:
      'events of different keys that start one instance at once make one, which has handled all',
    timeoutMs: 60_000,
    async run({ apps }) {
      const counted: number[] = [];
      // Without retries: a conflict must not use one up.
      const app = await apps.start([tally(add, { retry: [] }), counter(counted)]);
      await Promise.all(numbers(20).map((n) => app.bus.publish(Counted({ key: `key ${n}`, n }))));
      const { deadLettered, failed } = await app.settled(patience);
      expect([deadLettered, failed]).toEqual([[], []]);
      const [instance, ...others] = await running(app);
      expect(others).toEqual([]);
      expect(instance).toMatchObject({ process: 'tally', key: 'one', version: 20 });
      const [seen = []] = await seenBy(app);
      expect(inOrder(seen)).toEqual(numbers(20));
      expect(inOrder(counted)).toEqual(numbers(20));
    },
  },
  {
    id: 'P22',
    title:
      'events of one instance that two processes of the service handle are all handled, each once',
    needs: ['concurrentUnits'],
    timeoutMs: 60_000,
    async run({ apps }) {
      const counted: number[] = [];
      const start = (): Promise<App> => apps.start([tally(add, { retry: [] }), counter(counted)]);
      const started = [await start(), await start()];
      await Promise.all(
        numbers(40).map(async (n) => {
          await started[n % 2]?.bus.publish(Counted({ key: `key ${n}`, n }));
        }),
      );
      await eventually(() => counted.length >= 40, patience);
      const [app] = started;
      expect(app && (await app.deadLetters.list()).total).toBe(0);
      const [seen = []] = app === undefined ? [] : await seenBy(app);
      expect(inOrder(seen)).toEqual(numbers(40));
      expect(inOrder(counted)).toEqual(numbers(40));
    },
  },
  {
    id: 'P23',
    title:
      'who meets a change made meanwhile saves and sends nothing, and is handled again at once',
    needs: ['concurrentUnits'],
    timeoutMs: 60_000,
    async run({ apps }) {
      const both = gate();
      const states: (readonly number[] | undefined)[] = [];
      const on = (state: Tally | undefined, event: Numbered): ReturnType<typeof add> => {
        states.push(state?.seen);
        if (states.length === 2) both.open();
        return add(state, event);
      };
      const schema = tallySchema['~standard'];
      // Saving waits until both have begun with the same state: one of them must lose.
      const slow: typeof tallySchema = {
        '~standard': {
          ...schema,
          validate: async (value) => {
            await both.opened;
            return schema.validate(value);
          },
        },
      };
      const counted: number[] = [];
      const app = await apps.start([tally(on, { retry: [], state: slow }), counter(counted)]);
      await Promise.all([0, 1].map((n) => app.bus.publish(Counted({ key: `key ${n}`, n }))));
      const { deadLettered, failed } = await app.settled(patience);
      expect([deadLettered, failed]).toEqual([[], []]);
      expect(states.slice(0, 2)).toEqual([undefined, undefined]);
      expect(states).toHaveLength(3);
      expect(states[2]).toHaveLength(1);
      expect(inOrder(counted)).toEqual([0, 1]);
    },
  },
  {
    id: 'P24',
    title: 'an instance that is complete is forgotten, and its key starts another one',
    async run({ apps }) {
      const known: boolean[] = [];
      const app = await apps.start([
        tally((state, { n }) => {
          known.push(state !== undefined);
          return n === 1 ? { complete: true } : { state: { seen: [n] } };
        }),
      ]);
      const instances: (string | undefined)[] = [];
      for (const n of [0, 1, 2]) {
        await app.bus.publish(Counted({ key: 'k', n }));
        await app.settled(patience);
        instances.push((await running(app))[0]?.instanceId);
      }
      expect(known).toEqual([false, true, false]);
      const [first, second, third] = instances;
      expect([typeof first, second, typeof third]).toEqual(['string', undefined, 'string']);
      expect(first).not.toBe(third);
    },
  },
  {
    id: 'P24',
    title: 'two processes that take the same events under the same key each have their instance',
    async run({ apps }) {
      const other = tally((_, { n }) => ({ state: { seen: [-n] } }), { name: 'other' });
      const app = await apps.start([tally(add), other, counter([])]);
      for (const n of [1, 2]) await app.bus.publish(Counted({ key: 'k', n }));
      await app.settled(patience);
      expect(await seenBy(app)).toEqual([[1, 2]]);
      expect(await seenBy(app, 'other')).toEqual([[-2]]);
      expect((await app.processes.list()).instances.map(({ key }) => key)).toEqual(['one', 'one']);
    },
  },
  {
    id: 'P25',
    title: 'a step of which one message cannot be stored leaves no state and sends nothing',
    async run({ apps }) {
      const counted: number[] = [];
      const faulty = tally((_, { key, n }) => ({
        state: { seen: [n] },
        send: [Count({ key, n }), Count({ key, n: Number.NaN })],
      }));
      const healthy = tally(add, { name: 'healthy' });
      const app = await apps.start([faulty, healthy, counter(counted)]);
      await app.bus.publish(Counted({ key: 'k', n: 1 }));
      await app.settled(patience);
      expect(await running(app)).toEqual([]);
      expect(await seenBy(app, 'healthy')).toEqual([[1]]);
      expect(counted).toEqual([1]);
      expect((await app.deadLetters.list()).letters).toMatchObject([
        { subscription: 'tally', reason: 'retries-exhausted', blocking: true },
      ]);
    },
  },
  {
    id: 'P25',
    title:
      'what a handler returns that cannot be done, or kept, is a dead letter at once that says why',
    async run({ apps }) {
      const wrong: [string, unknown][] = [
        ['handlers of a process are not async', Promise.resolve({})],
        ['it has "sends", which means nothing', { sends: [] }],
        ['"send" has something that is no command', { send: [Counted({ key: 'k', n: 1 })] }],
        ['"publish" has something that is no event', { publish: [Count({ key: 'k', n: 1 })] }],
        ['the timeout "unheard" has no handler', { timeouts: { unheard: { in: 1 } } }],
        ['it completes and sets timeouts', { complete: true, timeouts: { late: { in: 1 } } }],
        ['there is no state', { timeouts: { late: { in: 1 } } }],
        ['seen: must be a list', { state: {} }],
        ['seen[0]: is NaN', { state: { seen: [Number.NaN] } }],
        ['milliseconds from 0', { state: { seen: [] }, timeouts: { late: { in: -1 } } }],
      ];
      const app = await apps.start([
        tally((_, { n }) => wrong[n]?.[1] as ReturnType<typeof add>, { onPoison: 'park' }),
      ]);
      for (const n of numbers(wrong.length)) await app.bus.publish(Counted({ key: `${n}`, n }));
      await app.settled(patience);
      const { letters } = await app.deadLetters.list();
      const errors = letters
        .toSorted((left, right) => keyOf(left) - keyOf(right))
        .map(({ error, attempts }) => `${attempts} ${error}`);
      expect(errors).toEqual(
        wrong.map(([why]) => expect.stringMatching(new RegExp(`^1 .*${escaped(why)}`)) as string),
      );
      expect(await running(app)).toEqual([]);
    },
  },
  {
    id: 'P25',
    title:
      'an event without a usable key is a dead letter at once, and blocks its key until replayed',
    async run({ apps }) {
      const keys = ['', 'k\n', 'k'.repeat(256), undefined, 'k'];
      const process = tally(add, {
        correlate: {
          'conformance.Counted': ({ n }) => {
            if (n === 5) throw new TypeError('no key');
            return keys[n] as string;
          },
        },
      });
      const app = await apps.start([process, counter([])]);
      for (const n of numbers(6)) await app.bus.publish(Counted({ key: `key ${n}`, n }));
      await app.settled(patience);
      const { letters } = await app.deadLetters.list();
      expect(letters.map(({ reason, attempts }) => [reason, attempts])).toEqual(
        Array.from({ length: 5 }, () => ['uncorrelated', 1]),
      );
      expect(await app.deadLetters.heldKeys({ state: 'blocked' })).toHaveLength(5);
      expect((await running(app)).map(({ key }) => key)).toEqual(['k']);
    },
  },
];

function inOrder(values: readonly number[]): readonly number[] {
  return values.toSorted((left, right) => left - right);
}

function keyOf({ envelope }: { readonly envelope?: { readonly partitionkey?: string } }): number {
  return Number(envelope?.partitionkey);
}

function escaped(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
