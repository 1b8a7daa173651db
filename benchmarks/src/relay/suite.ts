import { startPostgres } from '@tidings/testing/servers';

import { inRounds, type Results } from '../harness/rounds.ts';
import { bytes, microseconds, rate, ratio } from '../report/numbers.ts';
import type { Table } from '../report/table.ts';
import type { Suite } from '../suite.ts';
import { RAW, READING, relayContenders } from './contenders.ts';
import type { RelaySettings } from './settings.ts';

/** B3: from the log on Postgres to the in-memory transport. */
export const relay: Suite = {
  name: 'b3',
  run: async ({ quick }) => {
    await using postgres = await startPostgres({ fsync: true });
    const messages = quick ? 2000 : 100_000;
    const variant = `${messages} messages`;
    const entries = relayContenders.map(({ name }) => ({
      contender: name,
      variant,
      settings: { url: '', messages },
    }));
    const inNewDatabase = async (settings: RelaySettings): Promise<RelaySettings> => ({
      ...settings,
      url: await postgres.createDatabase(),
    });
    const results = await inRounds(entries, quick ? 1 : 5, inNewDatabase);
    return { tables: [table(variant, results)], measured: results.all };
  },
};

function table(variant: string, results: Results): Table {
  return {
    title: `B3 · relay, ${variant} waiting in the log`,
    columns: [
      'contender',
      '× raw',
      '× reading',
      'CPU : reading',
      'CPU µs',
      'messages/s',
      'WAL bytes',
    ],
    rows: relayContenders.map(({ name }) => [
      name,
      ratio(results.ratio('perSecond', [name, variant], [RAW, variant])),
      ratio(results.ratio('perSecond', [name, variant], [READING, variant])),
      ratio(results.ratio('cpuMicroseconds', [name, variant], [READING, variant])),
      microseconds(results.summary(name, variant, 'cpuMicroseconds')),
      rate(results.summary(name, variant, 'perSecond')),
      bytes(results.summary(name, variant, 'walBytes')),
    ]),
    notes: [
      ...relayContenders.map(({ name, does }) => `${name}: ${does}.`),
      'WAL bytes: what Postgres writes to its write-ahead log per message for positions and checkpoint.',
    ],
  };
}
