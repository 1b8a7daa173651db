import { startFirst, type ServerKind } from '../start-first.ts';
import { startDocker } from './docker-engine.ts';
import { AMQP_URL_VARIABLE, useEnvironment } from './environment-engine.ts';
import { startNative } from './native-engine.ts';
import type {
  PrivateRabbitmq,
  RabbitmqEngine,
  RabbitmqServer,
  StartRabbitmqOptions,
} from './private-rabbitmq.ts';
import { withVhosts } from './with-vhosts.ts';

const rabbitmq: ServerKind<RabbitmqEngine, StartRabbitmqOptions, RabbitmqServer> = {
  name: 'RabbitMQ',
  client: () => import('amqplib'),
  engines: { environment: useEnvironment, docker: startDocker, native: startNative },
  package: { name: 'rabbitmq-server', service: 'rabbitmq-server' },
  remedy: `Install RabbitMQ 3.10 or newer, start Docker, or set ${AMQP_URL_VARIABLE}.`,
};

/**
 * Starts a RabbitMQ broker for tests that shares nothing with any other: own ports, own data, own
 * epmd, removed when it is stopped and also when this process dies.
 *
 * The first of these that is there is used: the broker that `TIDINGS_TEST_AMQP_URL` names, with its
 * management API at `TIDINGS_TEST_AMQP_MANAGEMENT_URL` (default: port 15672 of the same host); a
 * container, by Testcontainers; the RabbitMQ installed on this machine. As root on Debian or Ubuntu,
 * RabbitMQ is installed if there is none. One line is logged that says what was tried and what runs.
 *
 * @example
 * ```ts
 * await using rabbitmq = await startRabbitmq();
 * const { url } = await rabbitmq.createVhost();
 * ```
 *
 * @throws ServerUnavailableError `TIDINGS_TEST_SERVER_UNAVAILABLE` when no engine can be used; it says
 * why each could not and what to install.
 */
export async function startRabbitmq(options: StartRabbitmqOptions = {}): Promise<PrivateRabbitmq> {
  return withVhosts(await startFirst(rabbitmq, options));
}
