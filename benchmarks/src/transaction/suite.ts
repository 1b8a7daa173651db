import { startPostgres } from '@tidings/testing/servers';

import { inRounds, type Entry, type Results } from '../harness/rounds.ts';
import { microseconds, rate, ratio } from '../report/numbers.ts';
import type { Table } from '../report/table.ts';
import type { Target } from '../report/target.ts';
import type { Suite } from '../suite.ts';
import { BY_HAND_KNEX, BY_HAND_PG, TIDINGS, transactionContenders } from './contenders.ts';
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
        settings: { url, connections, commits: quick ? 500 : connections === 1 ? 4000 : 8000 },
      })),
    );
    const results = await inRounds(entries, quick ? 1 : 9);
    return {
      title: 'The allocate transaction on Postgres',
      targets: CONNECTIONS.flatMap((count) => targets(count, results)),
      tables: CONNECTIONS.map((count) => table(count, results)),
      bounds: BOUNDS,
      measured: results.all,
    };
  },
};

const BOUNDS = [
  `Two round trips in place of six: BEGIN goes out with the first read; changes, message and COMMIT in one write. The
server takes less time for it, although it checks the version in a function and tells the transaction's id. Without a network between
them a round trip costs little more than the two processes' time; where the database is elsewhere, the four that are
saved are what counts.`,
  `Both processes share two cores, so commits a second follow from what the two take together. What Node saves in system calls it spends on what by
hand is left out: validation (of the command, and of the event), a pool, a time limit for each statement, the context of
the handler, promises. A profile has no place that stands out; the garbage collector is the largest with an
eighth, and the copy that the driver makes of each query the next with a twentieth.`,
];

function targets(connections: number, results: Results): readonly Target[] {
  const variant = variantOf(connections);
  const place = [TIDINGS, variant] as const;
  return [
    {
      what: `B2 commits : pg by hand, ${variant}`,
      unit: 'ratio',
      reached: results.ratio('perSecond', place, [BY_HAND_PG, variant]),
      atLeast: 1,
    },
    {
      what: `B2 commits : Knex builder by hand, ${variant}`,
      unit: 'ratio',
      reached: results.ratio('perSecond', place, [BY_HAND_KNEX, variant]),
      atLeast: 2.5,
    },
    {
      what: `B2 Node's CPU : pg by hand, ${variant}`,
      unit: 'ratio',
      reached: results.ratio('cpuMicroseconds', place, [BY_HAND_PG, variant]),
      atMost: 0.9,
    },
  ];
}

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
      'CPU of both : pg',
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
      ratio(results.ratio('bothCpuMicroseconds', [name, variant], [BY_HAND_PG, variant])),
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
