import { InvalidOptionsError } from '@tidings/core';
import knexModule, { type Knex } from 'knex';
import { expect, test } from 'vitest';

import { settingsOf, type PostgresMessagingOptions } from './options.ts';
import { Schema } from './schema/schema.ts';

const db = { client: { dialect: 'postgresql' } } as unknown as Knex;

function faultsOf(options: PostgresMessagingOptions, of: Knex = db): readonly string[] {
  try {
    settingsOf(of, options);
  } catch (error) {
    return (error as { details: { faults: string[] } }).details.faults;
  }
  return [];
}

test('options have defaults', () => {
  expect(settingsOf(db, { leaseMs: 1000 })).toEqual({
    schema: 'tidings_messaging',
    connections: 4,
    prefetch: 32,
    publishWindow: 1000,
    leaseMs: 1000,
    listen: true,
    pollMs: 200,
    statementTimeoutMs: 10_000,
  });
});

test('faulty options are refused with every fault at once', () => {
  const faults = faultsOf({
    connections: -1,
    prefetch: 0,
    publishWindow: 1.5,
    leaseMs: 10,
    pollMs: 0,
    statementTimeoutMs: Number.NaN,
  });
  expect(faults).toHaveLength(6);
});

test('a Knex for another database is refused, and so is a schema that cannot be one', () => {
  const other = knexModule.knex({ client: class extends knexModule.Client {} });
  expect(faultsOf({}, other)).toEqual(['db must be a Knex for Postgres or PGlite']);
  for (const name of ['', 'Upper', 'a"b', 'x'.repeat(41)]) {
    expect(() => new Schema(name)).toThrow(InvalidOptionsError);
  }
});
