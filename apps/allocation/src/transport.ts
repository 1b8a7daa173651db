import { TidingsError } from '@tidings/domain';
import { postgresMessaging } from '@tidings/inversify/messaging-postgres';
import { rabbitmqMessaging } from '@tidings/inversify/messaging-rabbitmq';
import type { ContainerModule } from 'inversify';

import { allocationHistory } from './allocation/allocation-history.ts';
import { RESTOCKING } from './restocking/restocking.ts';
import type { Settings } from './settings/settings.ts';
import { StartError } from './start-error.ts';
import type { Storage } from './storage.ts';

/** What carries messages from those who cause them to those who handle them. */
export interface ChosenTransport {
  readonly module: ContainerModule;
  /** How messages get on, for people; without secrets. */
  readonly description: string;
}

/**
 * Over so many queues the commands and the events of the busy subscriptions are spread by SKU, so that as many
 * processes can share them and each SKU keeps its order. It cannot be changed while messages wait.
 */
const PARTITIONS = 6;

/**
 * Messages by the broker that the settings name; without one by the database itself.
 *
 * @param leaseMs how long what a process had is left alone that died without a word
 */
export function chooseTransport(
  { amqpUrl }: Settings,
  { db, isExclusive }: Storage,
  leaseMs: number,
): ChosenTransport {
  if (amqpUrl === undefined) {
    // Nobody else can have what is in an embedded database, so there is nobody to be waited for.
    if (isExclusive) return { module: postgresMessaging(db), description: 'kept with the data' };
    return { module: postgresMessaging(db, { leaseMs }), description: 'by the same Postgres' };
  }
  const shared = ['commands', allocationHistory.subscriptionName, RESTOCKING];
  const module = rabbitmqMessaging({
    url: amqpUrl,
    subscriptions: Object.fromEntries(shared.map((name) => [name, { partitions: PARTITIONS }])),
  });
  const { host, pathname } = new URL(amqpUrl);
  return { module, description: `by RabbitMQ at ${host}${pathname}` };
}

const TRANSPORT_FAULTS = new Set<string>([
  'TIDINGS_TRANSPORT_UNAVAILABLE',
  'TIDINGS_TOPOLOGY_MISMATCH',
  'TIDINGS_COMMAND_TAKEN',
]);

/** For people, where a start failed of what the transport is or says; else the error as it is. */
export function startErrorOf(error: unknown, { amqpUrl }: Settings): unknown {
  if (!TidingsError.is(error) || !TRANSPORT_FAULTS.has(error.code)) return error;
  const variable = amqpUrl === undefined ? 'DATABASE_URL' : 'AMQP_URL';
  return new StartError(`${error.message} It is the one that ${variable} names.`, { cause: error });
}
