import { eventually } from '@tidings/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { closeBooks } from './crash/books.ts';
import { Load } from './crash/load.ts';
import { sendUntilTaken } from './support/broker-client.ts';
import { seeded } from './support/random.ts';
import { ServiceSet } from './support/service-set.ts';

const CLIENTS = 8;
const seed = Number(process.env['TIDINGS_CRASH_SEED'] ?? Date.now() % 1_000_000);

/** Processes under load over HTTP and by the broker, by clients that repeat what was not answered. */
class ServiceUnderLoad {
  readonly service: ServiceSet;
  readonly load: Load;
  readonly #end = new AbortController();
  readonly #clients: Promise<void>;

  private constructor(service: ServiceSet) {
    this.service = service;
    this.load = new Load({
      random: seeded(seed),
      url: () => service.url(),
      repeats: true,
      changeQuantity: (change) =>
        sendUntilTaken(service.vhost.url, 'allocation.ChangeBatchQuantity', change),
    });
    this.#clients = this.load.run(CLIENTS, this.#end.signal);
  }

  static async start(workers: number, crashable: boolean): Promise<ServiceUnderLoad> {
    return new ServiceUnderLoad(await ServiceSet.start(workers, crashable));
  }

  /** Ends the load. */
  async end(): Promise<void> {
    this.#end.abort();
    await this.#clients;
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.service[Symbol.asyncDispose]();
  }
}

/**
 * Bounds of recovery, in milliseconds, on a machine that has nothing else to do: after a consumer was
 * killed, after one was paused (three heartbeats), after broker and database take connections again.
 */
const BOUNDS = { killed: 2000, paused: 30_000, broker: 5000, database: 2000 };
/** Other tests run beside this one. */
const TOLERANCE = 5;

/** Waits until the service has done some work, and for no longer than it may take to recover. */
async function recovers(load: Load, from: keyof typeof BOUNDS): Promise<void> {
  const began = performance.now();
  await load.acknowledgements(20);
  const took = Math.round(performance.now() - began);
  process.stderr.write(`recovered from "${from}" within ${took} ms (bound ${BOUNDS[from]} ms)\n`);
  expect(took).toBeLessThan(TOLERANCE * BOUNDS[from]);
}

async function expectNothingLost(title: string, under: ServiceUnderLoad): Promise<void> {
  await under.end();
  const { load, service } = under;
  const { faults, events, deadLetters } = await closeBooks(load, service.environment.DATABASE_URL);
  const { sent, acknowledged } = load.counts;
  const counts = `${sent} requests, ${acknowledged} acknowledged, ${events} events`;
  process.stderr.write(`${title}, seed ${seed}: ${counts}\n`);
  expect(faults).toEqual([]);
  expect(load.unexpected).toEqual([]);
  expect(deadLetters).toBe(0);
  expect(acknowledged).toBeGreaterThan(100);
}

describe(`one API and three workers under load (seed ${seed})`, () => {
  let under: ServiceUnderLoad;
  beforeAll(async () => {
    under = await ServiceUnderLoad.start(3, false);
  });
  afterAll(() => under.stop());

  test('the workers share it', async () => {
    await eventually(
      async () => (await under.service.acknowledged()).filter((count) => count >= 10).length === 3,
      { timeoutMs: 60_000, what: 'that each worker has done a part' },
    );
  });

  test('when one is killed, the others go on', async () => {
    const [killed] = under.service.workers.splice(0, 1);
    killed?.kill('SIGKILL');
    expect((await killed?.ended)?.signal).toBe('SIGKILL');
    await recovers(under.load, 'killed');
    await under.load.acknowledgements(40);
  });

  test('when all are restarted, one after the other, each ends in order', async () => {
    await under.service.restartAll();
    await under.load.acknowledgements(30);
  });

  test('nothing of all that was lost, doubled or out of order', () =>
    expectNothingLost('kill and rolling restart', under));
});

describe(`one API and two workers whose surroundings fail (seed ${seed})`, () => {
  let under: ServiceUnderLoad;
  beforeAll(async () => {
    under = await ServiceUnderLoad.start(2, true);
  });
  afterAll(() => under.stop());

  const goesOn = (): Promise<void> => under.load.acknowledgements(20);

  test('it goes on while a worker is paused for longer than its connections live', async () => {
    const [paused] = under.service.workers;
    await goesOn();
    paused?.kill('SIGSTOP');
    await recovers(under.load, 'paused');
    // The broker has missed two of its signs of life, and given its queues to the other.
    await eventually(async () => (await under.service.acknowledged()).length === 1, {
      timeoutMs: 60_000,
      what: 'that the broker takes it for dead',
    });
    await goesOn();
    paused?.kill('SIGCONT');
    await goesOn();
  });

  test('it goes on after an operator has closed all connections', async () => {
    await under.service.rabbitmq.closeAllConnections();
    await recovers(under.load, 'broker');
  });

  test('it goes on after the broker was killed and restarted', async () => {
    await under.service.rabbitmq.crash();
    await under.service.rabbitmq.restart();
    await recovers(under.load, 'broker');
  });

  test('it goes on after the database was killed and restarted', async () => {
    await under.service.postgres.crash();
    await under.service.postgres.restart();
    await recovers(under.load, 'database');
  });

  test('nothing of all that was lost, doubled or out of order', () =>
    expectNothingLost('failing surroundings', under));
});
