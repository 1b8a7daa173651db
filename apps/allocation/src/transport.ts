import { TidingsError } from '@tidings/domain';
import { inMemoryTransport } from '@tidings/inversify/in-memory';
import { rabbitmqMessaging } from '@tidings/inversify/messaging-rabbitmq';
import type { ContainerModule } from 'inversify';

import { allocationHistory } from './allocation/allocation-history.ts';
import { RESTOCKING } from './restocking/restocking.ts';
import type { Settings } from './settings/settings.ts';
import { StartError } from './start-error.ts';

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

/** Messages by the broker that the settings name; without one they stay within the process. */
export function chooseTransport({ amqpUrl }: Settings): ChosenTransport {
  if (amqpUrl === undefined) {
    return { module: inMemoryTransport(), description: 'delivered by this process' };
  }
  const shared = ['commands', allocationHistory.subscriptionName, RESTOCKING];
  const module = rabbitmqMessaging({
    url: amqpUrl,
    subscriptions: Object.fromEntries(shared.map((name) => [name, { partitions: PARTITIONS }])),
  });
  const { host, pathname } = new URL(amqpUrl);
  return { module, description: `by RabbitMQ at ${host}${pathname}` };
}

const BROKER_FAULTS = new Set<string>([
  'TIDINGS_TRANSPORT_UNAVAILABLE',
  'TIDINGS_TOPOLOGY_MISMATCH',
]);

/** For people, where a start failed of what the broker is or says; else the error as it is. */
export function startErrorOf(error: unknown): unknown {
  return TidingsError.is(error) && BROKER_FAULTS.has(error.code)
    ? new StartError(`${error.message} It is the one that AMQP_URL names.`, { cause: error })
    : error;
}
