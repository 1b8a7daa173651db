import { startContainer } from '../docker-container.ts';
import type { EngineUnavailable } from '../start-first.ts';
import { TEST_ERLANG_ARGS } from './broker.ts';
import { untilServes } from './connection.ts';
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
  });
  if ('unavailable' in container) return container;

  const urls = {
    url: `amqp://guest:guest@${container.host}:${container.port(AMQP_PORT)}`,
    managementUrl: `http://guest:guest@${container.host}:${container.port(MANAGEMENT_PORT)}`,
  };
  await untilServes(urls, () => undefined);
  return {
    ...urls,
    engine: 'docker',
    rabbitmqctl: (...args) => container.exec(['rabbitmqctl', '--quiet', ...args]),
    crash: () => container.kill(),
    restart: async () => {
      await container.restart();
      await untilServes(urls, () => undefined);
    },
    stop: () => container.remove(),
  };
}
