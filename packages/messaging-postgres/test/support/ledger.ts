import type { App } from '@tidings/core';
import { eventually } from '@tidings/testing';
import type { Knex } from 'knex';
import { expect } from 'vitest';

import { Entered } from './ledger-app.ts';

const KEYS = 40;

/** What a handler entered, in the order of the commits of each key. */
export interface Entry {
  readonly key: string;
  readonly n: number;
  readonly by: string;
}

export async function makeLedger(db: Knex): Promise<void> {
  await db.raw(
    'create table ledger (at bigint generated always as identity, key text, n int, by text)',
  );
}

/** Publishes for every one of 40 keys the numbers from `from` on, each key's in order. */
export async function publishNumbers(app: App, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n += 1) {
    await Promise.all(
      Array.from({ length: KEYS }, (_, key) => app.bus.publish(Entered({ key: `k${key}`, n }))),
    );
  }
}

export async function entriesIn(db: Knex): Promise<readonly Entry[]> {
  const { rows } = await db.raw<{ rows: Entry[] }>('select key, n, by from ledger order by at');
  return rows;
}

/** Waits until all numbers below `count` of all keys are there, and checks that each is once, and in order. */
export async function expectAll(db: Knex, count: number): Promise<readonly Entry[]> {
  const entries = await eventually(
    async () => {
      const all = await entriesIn(db);
      return new Set(all.map(({ key, n }) => `${key} ${n}`)).size === KEYS * count && all;
    },
    { timeoutMs: 60_000 },
  );
  const byKey = new Map<string, number[]>();
  for (const { key, n } of entries) byKey.set(key, [...(byKey.get(key) ?? []), n]);
  const inOrder = Array.from({ length: count }, (_, n) => n);
  for (const numbers of byKey.values()) expect(numbers).toEqual(inOrder);
  return entries;
}
