import { startPostgres } from '@tidings/testing/servers';

import { inRounds, type Results } from '../harness/rounds.ts';
import { bytes, microseconds, rate, ratio } from '../report/numbers.ts';
import type { Table } from '../report/table.ts';
import type { Target } from '../report/target.ts';
import type { Suite } from '../suite.ts';
import { ONE_BY_ONE, RAW, READING, relayContenders, TIDINGS_RELAY } from './contenders.ts';
import type { RelaySettings } from './settings.ts';

const THROUGHPUT = relayContenders.filter(({ name }) => name !== ONE_BY_ONE);

/** B3: from the log on Postgres to the in-memory transport. */
export const relay: Suite = {
  name: 'b3',
  run: async ({ quick }) => {
    await using postgres = await startPostgres({ fsync: true });
    const messages = quick ? 2000 : 100_000;
    const warmUp = quick ? 500 : 20_000;
    const variant = `${messages} messages`;
    const entries = relayContenders.map(({ name }) => ({
      contender: name,
      variant,
      settings:
        name === ONE_BY_ONE
          ? { url: '', warmUp: 0, messages: FEW }
          : { url: '', warmUp, messages: name === RAW ? messages * RAW_TIMES : messages },
    }));
    const inNewDatabase = async (settings: RelaySettings): Promise<RelaySettings> => ({
      ...settings,
      url: await postgres.createDatabase(),
    });
    const results = await inRounds(entries, quick ? 1 : 5, inNewDatabase);
    return {
      title: 'The relay, to the transport in memory',
      targets: targets(variant, results),
      bounds: BOUNDS,
      tables: [table(variant, results), walTable(variant, results)],
      measured: results.all,
    };
  },
};

/** Each of them takes several round trips and commits. */
const FEW = 500;
/** Without a database so many more are over in the same time. */
const RAW_TIMES = 10;

const BOUNDS = [
  `The transport in memory hands a message on in a third of a microsecond; to read its row with the driver takes twenty times
as long. Nothing that reads from Postgres comes near the raw loop, and the loop by hand is the limit. The relay takes little
more of Node's time than that. The rest is waiting: for the server to look for what has no position, to force the
positions to the disk, and to read the batch. Reading goes on while the next messages get their positions.`,
  `Positions are kept as runs ([decision 0002](decisions/0002-positions-after-commit.md)): while messages commit in the order
of their numbers only the head's row is written, once for a batch. A message that comes alone pays for that row and its
commit.`,
];

function targets(variant: string, results: Results): readonly Target[] {
  const ours = [TIDINGS_RELAY, variant] as const;
  return [
    {
      what: 'B3 messages : raw loop, no database',
      unit: 'ratio',
      reached: results.ratio('perSecond', ours, [RAW, variant]),
      atLeast: 0.8,
    },
    {
      what: "B3 Node's CPU : reading loop by hand",
      unit: 'ratio',
      reached: results.ratio('cpuMicroseconds', ours, [READING, variant]),
      atMost: 1.25,
    },
    {
      what: 'B3 write-ahead log of relaying, per message',
      unit: 'bytes',
      reached: results.summary(TIDINGS_RELAY, variant, 'relayBytes'),
      atMost: 150,
    },
  ];
}

function table(variant: string, results: Results): Table {
  return {
    title: `B3 · relay, ${variant} waiting in the log`,
    columns: ['contender', '× raw', '× reading', 'CPU : reading', 'CPU µs', 'messages/s'],
    rows: THROUGHPUT.map(({ name }) => [
      name,
      ratio(results.ratio('perSecond', [name, variant], [RAW, variant])),
      ratio(results.ratio('perSecond', [name, variant], [READING, variant])),
      ratio(results.ratio('cpuMicroseconds', [name, variant], [READING, variant])),
      microseconds(results.summary(name, variant, 'cpuMicroseconds')),
      rate(results.summary(name, variant, 'perSecond')),
    ]),
    notes: THROUGHPUT.map(({ name, does }) => `${name}: ${does}.`),
  };
}

/** What a message costs in Postgres' write-ahead log, which is what replicas and backups get. */
function walTable(variant: string, results: Results): Table {
  const quantities = ['insertBytes', 'relayBytes', 'vacuumBytes'] as const;
  return {
    title: 'B3 · bytes of write-ahead log per message',
    columns: ['contender', 'stored', 'relayed', 'vacuumed'],
    rows: [TIDINGS_RELAY, ONE_BY_ONE].map((name) => [
      name,
      ...quantities.map((quantity) => bytes(results.summary(name, variant, quantity))),
    ]),
    notes: [
      ...relayContenders
        .filter(({ name }) => name === ONE_BY_ONE)
        .map(({ name, does }) => `${name}: ${does}.`),
      'stored: the message itself, with 300 bytes of data (one by one: 60), its two indexes and, one by one, its commit. relayed: positions, checkpoint and lease. vacuumed: once in the life of a message.',
    ],
  };
}
