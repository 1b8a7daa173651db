import { startContainer, type ServerContainer } from '../docker-container.ts';
import type { EngineUnavailable } from '../start-first.ts';
import { TEST_ERLANG_ARGS } from './broker.ts';
import { untilServes, type BrokerUrls } from './connection.ts';
import type { RabbitmqServer, StartRabbitmqOptions } from './private-rabbitmq.ts';

const AMQP_PORT = 5672;
const MANAGEMENT_PORT = 15672;

/** Runs a RabbitMQ in a container. */
export async function startDocker(
  options: StartRabbitmqOptions,
): Promise<RabbitmqServer | EngineUnavailable> {
  const container = await startContainer({
    image: options.image ?? 'rabbitmq:4-management',
    environment: { RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: TEST_ERLANG_ARGS },
    ports: [AMQP_PORT, MANAGEMENT_PORT],
    stopSignal: 'SIGTERM',
    untilServes: (server) => untilServes(urlsOf(server), () => undefined),
  });
  if ('unavailable' in container) return container;

  return {
    ...urlsOf(container),
    engine: 'docker',
    rabbitmqctl: (...args) => container.exec(['rabbitmqctl', '--quiet', ...args]),
    crash: () => container.kill(),
    restart: () => container.restart(),
    stop: () => container.remove(),
  };
}

function urlsOf(container: ServerContainer): BrokerUrls {
  const at = (port: number): string => `guest:guest@${container.host}:${container.port(port)}`;
  return { url: `amqp://${at(AMQP_PORT)}`, managementUrl: `http://${at(MANAGEMENT_PORT)}` };
}
