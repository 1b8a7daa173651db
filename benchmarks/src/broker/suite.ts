import { inRoundsOnServers } from '../harness/on-servers.ts';
import type { Results } from '../harness/rounds.ts';
import { microseconds, number, rate, ratio } from '../report/numbers.ts';
import type { Table } from '../report/table.ts';
import type { Target } from '../report/target.ts';
import type { Suite } from '../suite.ts';
import {
  brokerContenders,
  CONSUME,
  CONSUME_BY_HAND,
  LATENCY,
  LATENCY_BY_HAND,
  PUBLISH_BY_HAND,
  RELAY,
} from './contenders.ts';

const BOUNDS = [
  `The relay takes more than twice Node's time of the bare loop: the loop has its messages in memory and sends five
properties, the relay reads rows and sends a dozen headers with each; broker, Postgres and Node share the cores, so what one
takes the others lack. Consuming is bound by the transaction of each message. Its inbox row carries a fingerprint and its key
a lock, the data is validated, and each message has a unit of work, a context and a time limit; many messages in one
transaction are not there yet. The latency beyond that of the broker is a commit to the disk, the statement that gives the
position, the one that reads the message, and the beginning of the handler's transaction.`,
];

/** B3, B4 and B7 with RabbitMQ. */
export const broker: Suite = {
  name: 'b4',
  run: async ({ quick }) => {
    const many = quick ? 500 : 20_000;
    const some = quick ? 200 : 5000;
    const few = quick ? 20 : 400;
    const messages = {
      [PUBLISH_BY_HAND]: many,
      [RELAY]: many,
      [CONSUME_BY_HAND]: some,
      [CONSUME]: some,
      [LATENCY_BY_HAND]: few,
      [LATENCY]: few,
    };
    const results = await inRoundsOnServers(messages, quick ? 1 : 5);
    return {
      title: 'RabbitMQ',
      targets: targets(results),
      bounds: BOUNDS,
      tables: [throughput(results), latency(results)],
      measured: results.all,
    };
  },
};

function targets(results: Results): readonly Target[] {
  const against = (quantity: string, one: string, other: string) =>
    results.ratio(quantity, [one, ''], [other, '']);
  return [
    {
      what: 'B3 relay to a quorum queue : amqplib alone',
      unit: 'ratio',
      reached: against('perSecond', RELAY, PUBLISH_BY_HAND),
      atLeast: 0.8,
    },
    {
      what: 'B4 consume, effect, commit, ack : by hand',
      unit: 'ratio',
      reached: against('perSecond', CONSUME, CONSUME_BY_HAND),
      atLeast: 0.9,
    },
    {
      what: 'B7 p50 commit to handler : amqplib there and back',
      unit: 'ratio',
      reached: against('p50', LATENCY, LATENCY_BY_HAND),
      atMost: 1.5,
    },
    {
      what: 'B7 p99 commit to handler : amqplib there and back',
      unit: 'ratio',
      reached: against('p99', LATENCY, LATENCY_BY_HAND),
      atMost: 2,
    },
  ];
}

function throughput(results: Results): Table {
  const pairs = [
    [PUBLISH_BY_HAND, PUBLISH_BY_HAND],
    [RELAY, PUBLISH_BY_HAND],
    [CONSUME_BY_HAND, CONSUME_BY_HAND],
    [CONSUME, CONSUME_BY_HAND],
  ] as const;
  return {
    title: 'B3, B4 · to and from a quorum queue',
    columns: ['contender', '× by hand', 'CPU : by hand', 'CPU µs', 'messages/s'],
    rows: pairs.map(([name, byHand]) => [
      name,
      ratio(results.ratio('perSecond', [name, ''], [byHand, ''])),
      ratio(results.ratio('cpuMicroseconds', [name, ''], [byHand, ''])),
      microseconds(results.summary(name, '', 'cpuMicroseconds')),
      rate(results.summary(name, '', 'perSecond')),
    ]),
    notes: notesOf(pairs.map(([name]) => name)),
  };
}

function latency(results: Results): Table {
  const names = [LATENCY_BY_HAND, LATENCY];
  return {
    title: 'B7 · latency at a low rate',
    columns: ['contender', 'p50 ms', 'p99 ms', '× p50', '× p99'],
    rows: names.map((name) => [
      name,
      number(results.summary(name, '', 'p50').median),
      number(results.summary(name, '', 'p99').median),
      ratio(results.ratio('p50', [name, ''], [LATENCY_BY_HAND, ''])),
      ratio(results.ratio('p99', [name, ''], [LATENCY_BY_HAND, ''])),
    ]),
    notes: notesOf(names),
  };
}

function notesOf(names: readonly string[]): readonly string[] {
  return brokerContenders
    .filter(({ name }) => names.includes(name))
    .map(({ name, does }) => `${name}: ${does}.`);
}
