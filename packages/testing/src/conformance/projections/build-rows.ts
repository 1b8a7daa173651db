import { expect } from 'vitest';

import { gate } from '../../gate.ts';
import type { Numbered } from '../runtime/helpers.ts';
import {
  keysOf,
  publish,
  tallyStatus,
  untilRead,
  untilStatus,
  type ProjectionRow,
  type RunningProjections,
} from './helpers.ts';

const inCapitals = ({ key }: Numbered): string => key.toUpperCase();

/** Looks at what readers see, over and over until it is told to end. Gives each thing that was seen, once. */
function watch({ fixture }: RunningProjections): {
  readonly end: () => Promise<readonly string[]>;
} {
  const over = new AbortController();
  const seen = new Set<string>();
  const watching = (async () => {
    while (!over.signal.aborted) {
      seen.add(JSON.stringify(await fixture.read()));
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  return {
    end: async () => {
      over.abort();
      await watching;
      return [...seen];
    },
  };
}

/** P29 and P30: builds beside what readers see. */
export const buildRows: readonly ProjectionRow[] = [
  {
    id: 'P30',
    title: 'a higher version is built beside the old one, and readers see old or new, never less',
    async run(running) {
      const { apps } = running;
      const old = await apps.start();
      await publish(old, keysOf({ a: 30, b: 20 }));
      await untilRead(running, { a: 30, b: 20 });
      await old.stop();
      const watching = watch(running);
      await apps.start({ tally: { version: 2, keyOf: inCapitals, maxBatch: 7 } });
      await untilRead(running, { A: 30, B: 20 });
      expect(await watching.end()).toEqual(['{"a":30,"b":20}', '{"A":30,"B":20}']);
    },
  },
  {
    id: 'P30',
    title:
      'an old and a new build run beside each other: the old one serves until the change, then stands by',
    needs: ['concurrentUnits'],
    async run(running) {
      const { apps } = running;
      const old = await apps.start();
      await publish(old, ['a', 'a']);
      await untilRead(running, { a: 2 });
      const { opened, open } = gate();
      const tally = { version: 2, keyOf: inCapitals, before: () => opened };
      const young = await apps.start({ tally });
      await untilStatus(old, 'is being built', ({ building }) => building?.version === 2);
      await publish(young, ['a', 'b']);
      await untilRead(running, { a: 3, b: 1 });
      open();
      await untilRead(running, { A: 3, B: 1 });
      await publish(old, ['b']);
      await untilRead(running, { A: 3, B: 2 });
      const status = await tallyStatus(old);
      expect(status).toMatchObject({ version: 1, active: { version: 2, generation: 2 } });
      expect(status.standby).toBe('version 2 is kept by a newer build');
      expect(status.building).toBeUndefined();
      await expect(old.projections.rebuild('tally')).rejects.toMatchObject({
        code: 'TIDINGS_INVALID_OPTIONS',
      });
    },
  },
  {
    id: 'P29',
    title:
      'a projection is built again while events come, by one of two processes, and equals the log',
    needs: ['concurrentUnits'],
    timeoutMs: 60_000,
    async run(running) {
      const { apps } = running;
      let wrong = 1;
      // What was wrong with the handlers has been mended meanwhile.
      const tally = { keyOf: ({ key }: Numbered) => `${key}${wrong}`, maxBatch: 10 };
      const nodes = [await apps.start({ tally }), await apps.start({ tally })] as const;
      await publish(nodes[0], keysOf({ a: 60, b: 40 }));
      await untilRead(running, { a1: 60, b1: 40 });
      wrong = 2;
      const writing = publish(nodes[1], keysOf({ a: 20, b: 30 }));
      await Promise.all(nodes.map((node) => node.projections.rebuild('tally')));
      await writing;
      await untilRead(running, { a2: 80, b2: 70 });
      const { active, building } = await tallyStatus(nodes[0]);
      expect(active).toMatchObject({ generation: 2, events: 150, state: 'following' });
      expect(building).toBeUndefined();
    },
  },
  {
    id: 'P29',
    title: 'a build that was interrupted goes on where it was, also in another process',
    async run(running) {
      const { apps } = running;
      const first = await apps.start();
      await publish(first, keysOf({ a: 100 }));
      await untilRead(running, { a: 100 });
      await first.stop();
      const { opened, open } = gate();
      const stuck = gate();
      let begun = 0;
      const tally = { version: 2, keyOf: inCapitals, maxBatch: 10 };
      const second = await apps.start({
        tally: {
          ...tally,
          before: () => {
            begun += 1;
            if (begun <= 55) return undefined;
            stuck.open();
            return opened;
          },
        },
      });
      await stuck.opened;
      const stopping = second.stop({ deadlineMs: 0 });
      open();
      await stopping;
      const applied: number[] = [];
      await apps.start({ tally: { ...tally, before: ({ n }) => applied.push(n) } });
      await untilRead(running, { A: 100 });
      const [resumedAt = 0] = applied;
      expect(resumedAt).toBeGreaterThanOrEqual(50);
      expect(applied).toEqual(Array.from({ length: 100 - resumedAt }, (_, n) => n + resumedAt));
    },
  },
  {
    id: 'P29',
    title: 'a newer version takes the place of one that is still being built',
    async run(running) {
      const { apps } = running;
      const first = await apps.start();
      await publish(first, ['a', 'b']);
      await untilRead(running, { a: 1, b: 1 });
      await first.stop();
      const stuck = gate();
      const second = await apps.start({
        tally: {
          version: 2,
          before: () => {
            stuck.open();
            throw new TypeError('this version cannot be built');
          },
        },
      });
      await stuck.opened;
      await untilStatus(second, 'is blocked', ({ building }) => building?.state === 'blocked');
      await second.stop();
      const third = await apps.start({ tally: { version: 3, keyOf: inCapitals } });
      await untilRead(running, { A: 1, B: 1 });
      expect((await tallyStatus(third)).active).toMatchObject({ version: 3, generation: 3 });
    },
  },
  {
    id: 'P29',
    title: 'the first build over a log is shown when it is done, and makes the application ready',
    needs: ['concurrentUnits'],
    async run(running) {
      const { apps, fixture } = running;
      const writer = await apps.start({ tally: false });
      await publish(writer, keysOf({ a: 5 }));
      await writer.settled();
      await writer.stop();
      const { opened, open } = gate();
      const app = await apps.start({ tally: { before: () => opened } });
      await untilStatus(app, 'is being built', ({ building }) => building !== undefined);
      const health = await app.health();
      expect(health.status).toBe('unready');
      expect(health.checks['projection tally']).toContain('first build');
      expect(await fixture.read()).toEqual({});
      open();
      await untilRead(running, { a: 5 });
      await untilStatus(app, 'follows', ({ active }) => active?.position === 5);
      expect(await app.health()).toMatchObject({
        status: 'ready',
        checks: { 'projection tally': 'ok' },
      });
    },
  },
  {
    id: 'P29',
    title: 'who follows a build is told how far it has come, and when it is done',
    async run(running) {
      const { apps } = running;
      const app = await apps.start({ tally: { maxBatch: 5 } });
      await publish(app, keysOf({ a: 50 }));
      await untilRead(running, { a: 50 });
      await app.projections.rebuild('tally');
      const positions: number[] = [];
      const status = await app.projections.follow(
        'tally',
        ({ building }) => {
          if (building === undefined) return;
          positions.push(building.position);
          expect(building).toMatchObject({ version: 1, state: 'following', total: 50 });
        },
        { everyMs: 1 },
      );
      expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      expect(status.building).toBeUndefined();
      expect(status.active).toMatchObject({ generation: 2, position: 50, events: 50 });
    },
  },
  {
    id: 'P30',
    title: 'a build that is replaced is dropped, and the number of builds does not grow',
    async run(running) {
      const { apps } = running;
      const app = await apps.start();
      await publish(app, ['a']);
      await untilRead(running, { a: 1 });
      for (let build = 2; build <= 4; build += 1) {
        await app.projections.rebuild('tally');
        await app.projections.follow('tally', () => {}, { everyMs: 5 });
        expect((await tallyStatus(app)).active?.generation).toBe(build);
      }
      await untilRead(running, { a: 1 });
    },
  },
];
