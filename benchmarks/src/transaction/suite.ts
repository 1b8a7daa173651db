import { startPostgres } from '@tidings/testing/servers';

import { inRounds, type Entry, type Results } from '../harness/rounds.ts';
import { microseconds, rate, ratio } from '../report/numbers.ts';
import type { Table } from '../report/table.ts';
import type { Suite } from '../suite.ts';
import { BY_HAND_KNEX, BY_HAND_PG, transactionContenders } from './contenders.ts';
import type { TransactionSettings } from './settings.ts';
import { makeTables } from './tables.ts';

const CONNECTIONS = [1, 8, 16];

/** B2: one command that changes one aggregate, on Postgres. */
export const transaction: Suite = {
  name: 'b2',
  run: async ({ quick }) => {
    await using postgres = await startPostgres({ fsync: true });
    const url = await postgres.createDatabase();
    await makeTables(url, Math.max(...CONNECTIONS));
    const entries = transactionContenders.flatMap(({ name }) =>
      CONNECTIONS.map((connections): Entry<TransactionSettings> => ({
        contender: name,
        variant: variantOf(connections),
        settings: { url, connections, commits: quick ? 500 : connections === 1 ? 6000 : 12_000 },
      })),
    );
    const results = await inRounds(entries, quick ? 1 : 5);
    return { tables: CONNECTIONS.map((count) => table(count, results)), measured: results.all };
  },
};

function table(connections: number, results: Results): Table {
  const variant = variantOf(connections);
  return {
    title: `B2 · the allocate transaction on Postgres, ${variant}`,
    columns: [
      'contender',
      '× pg',
      '× Knex',
      'CPU : pg',
      'server CPU : pg',
      'CPU µs',
      'server CPU µs',
      'commits/s',
    ],
    rows: transactionContenders.map(({ name }) => [
      name,
      ratio(results.ratio('perSecond', [name, variant], [BY_HAND_PG, variant])),
      ratio(results.ratio('perSecond', [name, variant], [BY_HAND_KNEX, variant])),
      ratio(results.ratio('cpuMicroseconds', [name, variant], [BY_HAND_PG, variant])),
      ratio(results.ratio('serverCpuMicroseconds', [name, variant], [BY_HAND_PG, variant])),
      microseconds(results.summary(name, variant, 'cpuMicroseconds')),
      microseconds(results.summary(name, variant, 'serverCpuMicroseconds')),
      rate(results.summary(name, variant, 'perSecond')),
    ]),
    notes:
      connections === CONNECTIONS.at(-1)
        ? transactionContenders.map(({ name, does }) => `${name}: ${does}.`)
        : [],
  };
}

function variantOf(connections: number): string {
  return `${connections} ${connections === 1 ? 'connection' : 'connections'}`;
}
