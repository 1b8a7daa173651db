import {
  createUncheckedApp,
  feature,
  handle,
  schedule,
  type App,
  type Schedule,
  type ScheduleOptions,
} from '@tidings/core';
import { InMemoryStore, inMemory } from '@tidings/in-memory';
import { describe, expect, it, onTestFinished } from 'vitest';

import { CollectingLogger, VirtualClock } from '../../src/index.ts';
import { Order } from './messages.ts';
import { startApp } from './test-app.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** In less than a second a relay looks several times. */
const POLLS_MS = 400;

/** A service in several processes, and what its schedules did. */
class Service {
  readonly clock = new VirtualClock();
  readonly logger = new CollectingLogger();
  /** The instants that were handled, with the time of day at which they were. */
  readonly handled: string[] = [];
  readonly #store = new InMemoryStore(this.clock);
  #processes = 0;

  async start(...schedules: readonly Schedule[]): Promise<App> {
    const order = handle(Order, {}, ({ id }) => {
      this.handled.push(`${id} at ${timeOf(this.clock.now())}`);
      return { accepted: true };
    });
    const { app } = await startApp([order, ...schedules], {
      clock: this.clock,
      logger: this.logger,
      adapters: [inMemory({ store: this.#store })],
      relay: { checkpointMs: 0 },
    });
    this.#processes += 1;
    onTestFinished(() => app.stop());
    return app;
  }

  /** Lets time pass in steps, and waits after each until everything has been handled. */
  async pass(
    app: App,
    milliseconds: number,
    step: number = milliseconds,
  ): Promise<readonly string[]> {
    const start = this.clock.now();
    for (let passed = step; passed <= milliseconds; passed += step) {
      await this.clock.skip(start + passed - this.clock.now());
      // What one process commits another one sees when it looks again.
      if (this.#processes > 1) await this.clock.advance(POLLS_MS);
      await app.settled();
    }
    return this.handled.splice(0);
  }
}

const timeOf = (moment: number | Date): string => new Date(moment).toISOString().slice(11, 19);

/** Every hour, unless it says otherwise. */
function hourly(options: ScheduleOptions = {}, expression = '0 * * * *'): Schedule {
  return schedule('hourly', expression, options, (instant) =>
    Order({ id: timeOf(instant), qty: 1 }),
  );
}

describe('a schedule', () => {
  it('sends its command at each instant, in its time zone', async () => {
    const service = new Service();
    const app = await service.start(hourly({ timeZone: 'Asia/Kathmandu' }));
    expect(await service.pass(app, 2 * HOUR_MS, MINUTE_MS)).toEqual([
      '00:15:00 at 00:15:00',
      '01:15:00 at 01:15:00',
    ]);
  });

  it('can send the same command every time', async () => {
    const service = new Service();
    const fixed = schedule('fixed', '*/30 * * * * *', {}, Order({ id: 'same', qty: 1 }));
    const app = await service.start(fixed);
    const handled = await service.pass(app, MINUTE_MS, 30_000);
    expect(handled).toEqual(['same at 00:00:30', 'same at 00:01:00']);
  });

  it('fires once per instant, however many processes look after it', async () => {
    const service = new Service();
    const apps = [await service.start(hourly()), await service.start(hourly())];
    const [first] = apps;
    if (first === undefined) throw new Error('there are two');
    const handled = await service.pass(first, 5 * HOUR_MS, 30 * MINUTE_MS);
    expect(handled).toEqual([1, 2, 3, 4, 5].map((hour) => `0${hour}:00:00 at 0${hour}:00:00`));
  });

  it('gives each command an intent of service, schedule and instant', async () => {
    const clock = new VirtualClock();
    const intents: unknown[] = [];
    const order = handle(Order, {}, (_, __, { envelope }) => {
      intents.push(envelope?.intentid);
      return { accepted: true };
    });
    const { app } = await startApp([order, hourly()], { clock });
    onTestFinished(() => app.stop());
    await clock.skip(HOUR_MS);
    await app.settled();
    expect(intents).toEqual(['test.hourly:2026-01-01T01:00:00.000Z']);
  });

  it.each([
    ['once', ['06:00:00 at 06:30:00']],
    ['skip', []],
    ['all', [1, 2, 3, 4, 5, 6].map((hour) => `0${hour}:00:00 at 06:30:00`)],
  ] as const)('deals with missed instants by its rule: %s', async (misfire, expected) => {
    const service = new Service();
    const first = await service.start(hourly({ misfire }));
    await first.stop();
    await service.clock.skip(6.5 * HOUR_MS);
    const second = await service.start(hourly({ misfire }));
    expect(await service.pass(second, 1)).toEqual(expected);
    expect(await service.pass(second, HOUR_MS / 2)).toEqual(['07:00:00 at 07:00:00']);
  });

  it('did not miss what came before it was first started', async () => {
    const service = new Service();
    await service.clock.skip(100 * HOUR_MS);
    const app = await service.start(hourly());
    expect(await service.pass(app, 1)).toEqual([]);
  });

  it('whose command cannot be made does not stop the others, and fires when it can', async () => {
    const service = new Service();
    let isBroken = true;
    const broken = schedule('broken', '0 * * * *', {}, (instant) =>
      Order({ id: isBroken ? '' : `mended ${timeOf(instant)}`, qty: 1 }),
    );
    const app = await service.start(broken, hourly());
    await service.clock.advance(HOUR_MS - 1000);
    await service.clock.advance(5000);
    expect(service.logger.messages('error')).toContain(
      'a schedule could not be fired; tried again soon',
    );
    isBroken = false;
    await service.clock.advance(MINUTE_MS);
    await app.settled();
    expect(service.handled[0]).toBe('01:00:00 at 01:00:00');
    expect(service.handled[1]).toMatch(/^mended 01:00:00 at 01:0/);
    expect(service.handled).toHaveLength(2);
  });
});

describe('the operations of schedules', () => {
  it('list what is next and what was last', async () => {
    const service = new Service();
    const app = await service.start(hourly({ timeZone: 'Europe/Berlin' }));
    const listed = { name: 'hourly', definition: '0 * * * * Europe/Berlin', served: true };
    expect(await app.schedules.list()).toEqual([
      { ...listed, paused: false, nextDueAt: '2026-01-01T01:00:00.000Z' },
    ]);
    await service.pass(app, HOUR_MS);
    await app.schedules.pause('hourly');
    expect(await app.schedules.list()).toEqual([
      { ...listed, paused: true, lastFiredAt: '2026-01-01T01:00:00.000Z' },
    ]);
    await app.stop();
    await service.clock.skip(2 * MINUTE_MS);
    const other = await service.start();
    expect(await other.schedules.list()).toMatchObject([{ name: 'hourly', served: false }]);
  });

  it('pause for all processes, also after a restart, and then nothing was missed', async () => {
    const service = new Service();
    const first = await service.start(hourly({ misfire: 'all' }));
    await first.schedules.pause('hourly');
    expect(await service.pass(first, 3 * HOUR_MS, HOUR_MS)).toEqual([]);
    await first.stop();
    const second = await service.start(hourly({ misfire: 'all' }));
    expect(await service.pass(second, 3 * HOUR_MS, HOUR_MS)).toEqual([]);
    await service.clock.skip(1000);
    await second.schedules.resume('hourly');
    expect(await service.pass(second, HOUR_MS - 2000)).toEqual([]);
    expect(await service.pass(second, 1000)).toEqual(['07:00:00 at 07:00:00']);
  });

  it('run a schedule now, paused or not, which changes nothing of its instants', async () => {
    const service = new Service();
    const app = await service.start(hourly());
    await service.clock.skip(MINUTE_MS);
    await app.schedules.pause('hourly');
    const id = await app.schedules.runNow('hourly');
    const again = await app.schedules.runNow('hourly');
    const { handled } = await app.settled();
    expect(handled.map(({ messageId }) => messageId)).toEqual([id, again]);
    expect(service.handled.splice(0)).toEqual(['00:01:00 at 00:01:00', '00:01:00 at 00:01:00']);
    await app.schedules.resume('hourly');
    expect(await service.pass(app, HOUR_MS)).toEqual(['01:00:00 at 01:01:00']);
  });

  it('refuse names that they do not know', async () => {
    const app = await new Service().start(hourly());
    const invalid = { code: 'TIDINGS_INVALID_OPTIONS' };
    await expect(app.schedules.runNow('nightly')).rejects.toMatchObject(invalid);
    await expect(app.schedules.pause('nightly')).rejects.toMatchObject(invalid);
    await expect(app.schedules.resume('nightly')).rejects.toMatchObject(invalid);
  });
});

describe('a schedule that a deploy changes', () => {
  const old = hourly();
  const changed = hourly({}, '30 * * * *');

  it('goes by the new definition at once, whichever build runs beside', async () => {
    const service = new Service();
    const older = await service.start(old);
    const newer = await service.start(changed);
    // An old process that is started again meanwhile changes nothing either.
    await older.stop();
    await service.start(old);
    expect(await service.pass(newer, 3 * HOUR_MS, 10 * MINUTE_MS)).toEqual([
      '00:30:00 at 00:30:00',
      '01:30:00 at 01:30:00',
      '02:30:00 at 02:30:00',
    ]);
  });

  it('computes its next instant anew: what the old one would have fired is not missed', async () => {
    const service = new Service();
    const older = await service.start(old);
    await older.stop();
    await service.clock.skip(5 * HOUR_MS + MINUTE_MS);
    const newer = await service.start(changed);
    expect(await service.pass(newer, 1)).toEqual([]);
    expect(await service.pass(newer, 29 * MINUTE_MS)).toEqual(['05:30:00 at 05:30:00']);
  });

  it('goes back to the old definition when that is deployed again, and misses nothing meanwhile', async () => {
    const service = new Service();
    const older = await service.start(old);
    const newer = await service.start(changed);
    await older.stop();
    await service.pass(newer, HOUR_MS - MINUTE_MS, MINUTE_MS);
    await newer.stop();
    const rolledBack = await service.start(old);
    // The instant at 01:00:00 comes before anybody can know that the newer build is gone for good.
    expect(await service.pass(rolledBack, 3 * MINUTE_MS, 10_000)).toEqual([
      expect.stringMatching(/^01:00:00 at 01:00/),
    ]);
    expect(await service.pass(rolledBack, HOUR_MS, MINUTE_MS)).toEqual(['02:00:00 at 02:00:00']);
  });
});

it('a composition with schedules that cannot be is refused with all faults', () => {
  const order = Order({ id: 'x', qty: 1 });
  const parts = [
    schedule('twice', '0 * * * *', {}, order),
    schedule('twice', '0 * * * *', {}, order),
    schedule('no name', '* *', { timeZone: 'Mars/Olympus' }, order),
    schedule('odd', '0 * * * *', { misfire: 'never' as 'skip', graceMs: 10 }, order),
    schedule('invalid', '0 * * * *', {}, Order({ id: '', qty: 0 })),
  ];
  const compose = (): App =>
    createUncheckedApp({
      service: 'test',
      features: [feature('test', parts)],
      adapters: [inMemory()],
    });
  expect(compose).toThrow(
    expect.objectContaining({
      code: 'TIDINGS_INVALID_COMPOSITION',
      faults: [
        'the schedule "twice": there is another one; names of schedules are unique',
        expect.stringMatching(/^the schedule "no name": its timeZone must be/),
        expect.stringMatching(/^the schedule "no name": its cron expression must have/),
        expect.stringMatching(/^the schedule "no name": its name must be/),
        expect.stringMatching(/^the schedule "odd": its misfire must be/),
        expect.stringMatching(/^the schedule "odd": its graceMs must be/),
        expect.stringMatching(/^the schedule "invalid": its command is not valid/),
      ],
    }),
  );
});
