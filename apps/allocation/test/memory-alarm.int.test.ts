import { readFileSync } from 'node:fs';

import { eventually } from '@tidings/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { closeBooks } from './crash/books.ts';
import { Load } from './crash/load.ts';
import { seeded } from './support/random.ts';
import { ServiceSet } from './support/service-set.ts';

const CLIENTS = 40;
const ALARM_MS = 60_000;
/** Between two collections garbage comes and goes; what stays is the least of the last while. */
const LEVEL_MS = 20_000;
const MAY_GROW_BYTES = 50 * 1024 * 1024;
const seed = Number(process.env['TIDINGS_CRASH_SEED'] ?? Date.now() % 1_000_000);

let service: ServiceSet;
const end = new AbortController();

beforeAll(async () => {
  service = await ServiceSet.start(2, true);
});
afterAll(async () => {
  end.abort();
  await service[Symbol.asyncDispose]();
});

/** The memory that a process has resident now, in bytes. */
function residentBytes(pid: number): number {
  const kibibytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}

test(`F16 while the broker is short of memory for a minute the API accepts, keeps nothing in memory, and all is delivered afterwards (seed ${seed})`, async () => {
  const load = new Load({ random: seeded(seed), url: () => service.url(), repeats: true });
  const clients = load.run(CLIENTS, end.signal);
  // A process grows until its code is warm, alarm or not: by some 50 MB within the first thousands.
  await load.acknowledgements(4000);
  const before = residentBytes(service.api.pid);

  await service.rabbitmq.setMemoryAlarm(true);
  const accepted = load.counts.acknowledged;
  const ends = performance.now() + ALARM_MS;
  let level = Infinity;
  await eventually(
    () => {
      if (performance.now() > ends - LEVEL_MS) {
        level = Math.min(level, residentBytes(service.api.pid));
      }
      return performance.now() > ends;
    },
    { timeoutMs: 2 * ALARM_MS },
  );
  expect(load.counts.acknowledged - accepted).toBeGreaterThan(CLIENTS);
  expect(level - before).toBeLessThan(MAY_GROW_BYTES);

  await service.rabbitmq.setMemoryAlarm(false);
  await load.acknowledgements(100);
  end.abort();
  await clients;
  const { faults, deadLetters } = await closeBooks(load, service.environment.DATABASE_URL);
  expect(faults).toEqual([]);
  expect(load.unexpected).toEqual([]);
  expect(deadLetters).toBe(0);
});
