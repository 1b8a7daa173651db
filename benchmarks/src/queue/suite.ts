import { startPostgres } from '@tidings/testing/servers';

import { inRounds, type Results } from '../harness/rounds.ts';
import { microseconds, number, rate, ratio } from '../report/numbers.ts';
import type { Table } from '../report/table.ts';
import type { Target } from '../report/target.ts';
import type { Suite } from '../suite.ts';
import { DRAIN, LATENCY, queueContenders } from './contenders.ts';
import type { QueueSettings } from './settings.ts';

const BOUNDS = [
  `The peers update each job to take it and again, or delete it, to complete it. The transport reads with a cursor and
deletes: one write for each delivery, in batches, and no write for taking it. What it leaves out is the handler's own
transaction with its inbox record, which takes many times as long in an application: there B6 counts.`,
  `A message that comes alone costs the commit of its publication, which is waited for, a notification and a look. pg-boss has
no notifications: it is looked for its jobs every two milliseconds here, which keeps a connection busy; by itself it looks
twice a second at most.`,
];

/** B8: Postgres as transport, beside queues on Postgres. */
export const queue: Suite = {
  name: 'b8',
  run: async ({ quick }) => {
    await using postgres = await startPostgres({ fsync: true, crashable: true });
    const many = quick ? 500 : 20_000;
    const few = quick ? 20 : 400;
    const entries = queueContenders.map(({ name }) => ({
      contender: name,
      variant: '',
      settings: { url: '', messages: isDraining(name) ? many : few },
    }));
    const results = await inRounds(
      entries,
      quick ? 1 : 5,
      async (settings: QueueSettings): Promise<QueueSettings> => ({
        ...settings,
        url: await postgres.createDatabase(),
      }),
    );
    return {
      title: 'Postgres as transport',
      targets: targets(results),
      bounds: BOUNDS,
      tables: [draining(results), latency(results)],
      measured: results.all,
    };
  },
};

function isDraining(name: string): boolean {
  return Object.values(DRAIN).some((one) => one === name);
}

function targets(results: Results): readonly Target[] {
  const against = (quantity: string, one: string, other: string) =>
    results.ratio(quantity, [one, ''], [other, '']);
  return [
    {
      what: 'B8 drained : pg-boss, tuned',
      unit: 'ratio',
      reached: against('perSecond', DRAIN.tidings, DRAIN.pgBoss),
      atLeast: 1,
    },
    {
      what: 'B8 drained : graphile-worker, tuned',
      unit: 'ratio',
      reached: against('perSecond', DRAIN.tidings, DRAIN.graphile),
      atLeast: 1,
    },
    {
      what: 'B8 p50 sent to handler : pg-boss, tuned',
      unit: 'ratio',
      reached: against('p50', LATENCY.tidings, LATENCY.pgBoss),
      atMost: 1,
    },
    {
      what: 'B8 p50 sent to handler : graphile-worker, tuned',
      unit: 'ratio',
      reached: against('p50', LATENCY.tidings, LATENCY.graphile),
      atMost: 1,
    },
  ];
}

function draining(results: Results): Table {
  const names = Object.values(DRAIN);
  return {
    title: 'B8 · what waits is handled and taken off the queue',
    columns: ['contender', '× pg-boss', '× graphile', 'CPU µs', 'messages/s'],
    rows: names.map((name) => [
      name,
      ratio(results.ratio('perSecond', [name, ''], [DRAIN.pgBoss, ''])),
      ratio(results.ratio('perSecond', [name, ''], [DRAIN.graphile, ''])),
      microseconds(results.summary(name, '', 'cpuMicroseconds')),
      rate(results.summary(name, '', 'perSecond')),
    ]),
    notes: notesOf(names),
  };
}

function latency(results: Results): Table {
  const names = Object.values(LATENCY);
  return {
    title: 'B8 · latency at a low rate',
    columns: ['contender', 'p50 ms', 'p99 ms', '× pg-boss, p50', '× graphile, p50'],
    rows: names.map((name) => [
      name,
      number(results.summary(name, '', 'p50').median),
      number(results.summary(name, '', 'p99').median),
      ratio(results.ratio('p50', [name, ''], [LATENCY.pgBoss, ''])),
      ratio(results.ratio('p50', [name, ''], [LATENCY.graphile, ''])),
    ]),
    notes: notesOf(names),
  };
}

function notesOf(names: readonly string[]): readonly string[] {
  return queueContenders
    .filter(({ name }) => names.includes(name))
    .map(({ name, does }) => `${name}: ${does}.`);
}
