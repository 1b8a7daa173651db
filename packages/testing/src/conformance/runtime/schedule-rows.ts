import { handle, schedule, type App, type Schedule } from '@tidings/core';
import { command } from '@tidings/domain';
import { expect } from 'vitest';

import { eventually } from '../../eventually.ts';
import { numbered, patience, type RuntimeRow, startPersistence } from './helpers.ts';

/** Handled one after the other. */
const Tick = command('conformance.Tick', numbered, { partitionKey: ({ key }) => key });

/** A tick every second, each with the number of its second. */
const everySecond: Schedule = schedule(
  'every-second',
  '* * * * * *',
  { misfire: 'all' },
  (instant) => Tick({ key: 'tick', n: instant.getTime() / 1000 }),
);

/** P31 and P32 for schedules, as applications have to keep them on any store and transport. */
export const scheduleRows: readonly RuntimeRow[] = [
  {
    id: 'P32',
    title:
      'a schedule fires each instant once and in order, however many applications look after it',
    needs: ['concurrentUnits'],
    timeoutMs: 60_000,
    async run({ apps, fixture }) {
      const seconds: number[] = [];
      const tick = handle(Tick, {}, ({ n }) => {
        seconds.push(n);
      });
      const started: App[] = [];
      for (let index = 0; index < 3; index += 1) {
        started.push(await apps.start([tick, everySecond]));
      }
      await eventually(() => seconds.length >= 3, patience);
      // One stops, and is not missed.
      await started[0]?.stop();
      const before = seconds.length;
      await eventually(() => seconds.length >= before + 2, patience);
      await apps.stop();
      const [first = 0] = seconds;
      expect(seconds).toEqual(seconds.map((_, index) => first + index));
      const persistence = await startPersistence(fixture);
      const { now } = await persistence.schedules.read();
      expect((seconds.at(-1) ?? 0) * 1000).toBeLessThanOrEqual(Date.parse(now));
      await persistence.close();
    },
  },
  {
    id: 'P31',
    title: 'a schedule that is paused sends nothing until it is resumed, but can be run',
    timeoutMs: 60_000,
    async run({ apps }) {
      let ticks = 0;
      const tick = handle(Tick, {}, () => {
        ticks += 1;
      });
      const app = await apps.start([tick, everySecond]);
      await app.schedules.pause('every-second');
      await app.settled(patience);
      const before = ticks;
      await app.schedules.runNow('every-second');
      await app.settled(patience);
      const [listed] = await app.schedules.list();
      expect(listed).toMatchObject({ name: 'every-second', paused: true, served: true });
      await app.settled(patience);
      expect(ticks).toBe(before + 1);
      await app.schedules.resume('every-second');
      await eventually(() => ticks > before + 1, patience);
    },
  },
];
