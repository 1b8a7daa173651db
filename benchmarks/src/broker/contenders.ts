import type { Contender } from '../harness/contender.ts';
import type { ServerSettings } from '../harness/on-servers.ts';
import { CONCURRENCY, PER_SECOND, PREFETCH, WINDOW } from './settings.ts';

export const PUBLISH_BY_HAND = 'amqplib, publishing';
export const RELAY = 'Tidings, relaying to RabbitMQ';
export const CONSUME_BY_HAND = 'amqplib and pg, consuming';
export const CONSUME = 'Tidings, consuming from RabbitMQ';
export const LATENCY_BY_HAND = 'amqplib, there and back';
export const LATENCY = 'Tidings, commit to handler';

export const brokerContenders: readonly Contender<ServerSettings>[] = [
  {
    name: PUBLISH_BY_HAND,
    does: `messages that are in memory already, to a quorum queue, confirms pipelined in a window of ${WINDOW}; no order kept where the broker refuses`,
    load: async () => (await import('./by-hand.ts')).publishByHand,
  },
  {
    name: RELAY,
    does: 'from the log on Postgres to the same queue: positions, reading, one message of a key on the way, checkpoint',
    load: async () => (await import('./tidings.ts')).relayToBroker,
  },
  {
    name: CONSUME_BY_HAND,
    does: `prefetch ${PREFETCH}, ${CONCURRENCY} at once: begin, inbox row, effect, commit over prepared pg, then ack; no order per key`,
    load: async () => (await import('./by-hand.ts')).consumeByHand,
  },
  {
    name: CONSUME,
    does: 'the same prefetch and concurrency: validated, in order per key, inbox with fingerprint, effect, commit, ack',
    load: async () => (await import('./tidings.ts')).consumeFromBroker,
  },
  {
    name: LATENCY_BY_HAND,
    does: `from the call that publishes to the callback that consumes, at ${PER_SECOND} messages a second; no database`,
    load: async () => (await import('./by-hand.ts')).latencyByHand,
  },
  {
    name: LATENCY,
    does: `from the commit of an event in one application to its handler in another, at ${PER_SECOND} a second`,
    load: async () => (await import('./tidings.ts')).latencyOverBroker,
  },
];
