import { randomUUID } from 'node:crypto';

import { eventually } from '@tidings/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { closeBooks } from './crash/books.ts';
import { Load } from './crash/load.ts';
import { BrokerClient } from './support/broker-client.ts';
import { seeded } from './support/random.ts';
import { ServiceSet } from './support/service-set.ts';

const CLIENTS = 8;
const seed = Number(process.env['TIDINGS_CRASH_SEED'] ?? Date.now() % 1_000_000);

let service: ServiceSet;
let other: BrokerClient;
let load: Load;
let end: AbortController;
let clients: Promise<void>;

/** Load over HTTP and by the broker, on a service of so many workers, by clients that repeat what was not answered. */
async function startUnderLoad(workers: number): Promise<void> {
  service = await ServiceSet.start(workers);
  other = await BrokerClient.connect(service.vhost.url);
  load = new Load({
    random: seeded(seed),
    url: () => service.url(),
    repeats: true,
    changeQuantity: (change) => other.send('allocation.ChangeBatchQuantity', change, randomUUID()),
  });
  clients = load.run(CLIENTS, end.signal);
}

async function expectNothingLost(title: string): Promise<void> {
  end.abort();
  await clients;
  const { faults, events, deadLetters } = await closeBooks(load, service.environment.DATABASE_URL);
  const { sent, acknowledged } = load.counts;
  const counts = `${sent} requests, ${acknowledged} acknowledged, ${events} events`;
  process.stderr.write(`${title}, seed ${seed}: ${counts}\n`);
  expect(faults).toEqual([]);
  expect(load.unexpected).toEqual([]);
  expect(deadLetters).toBe(0);
  expect(acknowledged).toBeGreaterThan(100);
}

beforeEach(() => {
  end = new AbortController();
});
afterEach(async () => {
  end.abort();
  await other?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
});

test(`three workers share the load in order per SKU, and one that is killed loses nothing (seed ${seed})`, async () => {
  await startUnderLoad(3);
  await eventually(
    async () => (await service.acknowledged()).filter((count) => count >= 10).length === 3,
    { timeoutMs: 60_000, what: 'that each worker has done a part' },
  );
  const [first] = service.workers;
  first?.kill('SIGKILL');
  expect((await first?.ended)?.signal).toBe('SIGKILL');
  await load.acknowledgements(60);
  await expectNothingLost('three workers, one killed');
});

test(`a restart of all processes, one after the other, drops no request (seed ${seed})`, async () => {
  await startUnderLoad(2);
  await load.acknowledgements(30);
  await service.restartAll();
  await load.acknowledgements(30);
  await expectNothingLost('rolling restart');
});
