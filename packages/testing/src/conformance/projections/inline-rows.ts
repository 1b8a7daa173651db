import { setImmediate } from 'node:timers/promises';

import type { App } from '@tidings/core';
import { expect } from 'vitest';

import { eventually } from '../../eventually.ts';
import { gate } from '../../gate.ts';
import { Count, type Numbered } from '../runtime/helpers.ts';
import {
  failsFor,
  keysOf,
  patience,
  publish,
  tallyStatus,
  untilRead,
  untilStatus,
  type ProjectionRow,
  type TallyOptions,
} from './helpers.ts';

const inline: TallyOptions = { mode: 'inline' };
const inCapitals = ({ key }: Numbered): string => key.toUpperCase();

const execute = (app: App, key: string): Promise<unknown> =>
  app.bus.execute(Count({ key, n: 1 }), { waitFor: ['tally'] });

/** P29 and P30 for projections that are kept by the units of work that store the events. */
export const inlineRows: readonly ProjectionRow[] = [
  {
    id: 'P28',
    title: 'what an inline projection shows is committed with the events, in every process',
    async run({ apps, fixture }) {
      const app = await apps.start({ tally: inline, project: false });
      await execute(app, 'a');
      expect(await fixture.read()).toEqual({ a: 1 });
      await publish(app, ['a', 'b']);
      expect(await fixture.read()).toEqual({ a: 2, b: 1 });
      expect((await tallyStatus(app)).active).toMatchObject({ state: 'following' });
    },
  },
  {
    id: 'P28',
    title:
      'an event that an inline projection cannot apply fails the command, and nothing is saved',
    async run({ apps, fixture }) {
      const app = await apps.start({ tally: { ...inline, before: failsFor('poison') } });
      await execute(app, 'a');
      await expect(execute(app, 'poison')).rejects.toThrow(TypeError);
      await execute(app, 'a');
      expect(await fixture.read()).toEqual({ a: 2 });
      await app.settled();
      expect((await tallyStatus(app)).head).toBe(2);
    },
  },
  {
    id: 'P29',
    title: 'an inline projection is built over a log while events come, and misses none',
    timeoutMs: 60_000,
    async run(running) {
      const { apps } = running;
      const writer = await apps.start({ tally: false });
      await publish(writer, keysOf({ a: 50 }));
      await writer.settled();
      await writer.stop();
      const app = await apps.start({ tally: { ...inline, maxBatch: 5 } });
      let written = 0;
      const isActive = async (): Promise<boolean> => (await tallyStatus(app)).active !== undefined;
      while (!(await isActive()) || written < 20) {
        await execute(app, 'b');
        written += 1;
        // A store in memory never waits: the builder has to get a turn.
        await setImmediate();
      }
      await untilRead(running, { a: 50, b: written });
      await execute(app, 'b');
      await untilRead(running, { a: 50, b: written + 1 });
    },
  },
  {
    id: 'P29',
    title: 'an inline projection is built again while several processes write, and equals the log',
    needs: ['concurrentUnits'],
    timeoutMs: 60_000,
    async run(running) {
      const { apps } = running;
      let wrong = 1;
      const tally = { ...inline, keyOf: ({ key }: Numbered) => `${key}${wrong}`, maxBatch: 5 };
      const nodes = [await apps.start({ tally }), await apps.start({ tally })] as const;
      await publish(nodes[0], keysOf({ a: 50 }));
      wrong = 2;
      const over = new AbortController();
      let written = 0;
      const write = async (app: App): Promise<void> => {
        while (!over.signal.aborted) {
          await execute(app, 'a');
          written += 1;
          await setImmediate();
        }
      };
      const writing = nodes.map(write);
      await nodes[0].projections.rebuild('tally');
      await untilStatus(nodes[1], 'was built again', ({ active }) => active?.generation === 2);
      await eventually(() => written > 100, patience);
      over.abort();
      await Promise.all(writing);
      await untilRead(running, { a2: 50 + written });
    },
  },
  {
    id: 'P30',
    title:
      'an inline projection is written by its active version only: others can store no event of it',
    needs: ['concurrentUnits'],
    timeoutMs: 60_000,
    async run(running) {
      const { apps, fixture } = running;
      const old = await apps.start({ tally: inline });
      await execute(old, 'a');
      // What has no position yet would be applied together with the change, which holds up all writers.
      await untilStatus(old, 'has its event in the log', ({ head }) => head === 1);
      const { opened, open } = gate();
      const tally = { ...inline, version: 2, keyOf: inCapitals, before: () => opened };
      const young = await apps.start({ tally });
      const refused = { code: 'TIDINGS_PROJECTION_VERSION', transient: true };
      await untilStatus(young, 'is being built', ({ building }) => building !== undefined);
      await expect(execute(young, 'b')).rejects.toMatchObject(refused);
      expect((await young.health()).status).toBe('unready');
      await execute(old, 'a');
      expect(await fixture.read()).toEqual({ a: 2 });
      open();
      await untilRead(running, { A: 2 });
      await expect(execute(old, 'b')).rejects.toMatchObject(refused);
      expect((await old.health()).status).toBe('unready');
      await execute(young, 'b');
      expect((await young.health()).status).toBe('ready');
      expect(await fixture.read()).toEqual({ A: 2, B: 1 });
    },
  },
  {
    id: 'P29',
    title: 'a projection does not change between inline and asynchronous without a new version',
    async run(running) {
      const { apps } = running;
      const first = await apps.start({ tally: inline });
      await execute(first, 'a');
      await first.stop();
      const second = await apps.start();
      await publish(second, ['a']);
      await second.settled();
      expect((await tallyStatus(second)).standby).toContain('raise the version');
      await second.stop();
      await apps.start({ tally: { version: 2 } });
      await untilRead(running, { a: 2 });
    },
  },
];
