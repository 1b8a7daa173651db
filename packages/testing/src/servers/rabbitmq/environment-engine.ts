import { refuseToDisturb } from '../server-errors.ts';
import type { EngineUnavailable } from '../start-first.ts';
import { tryConnection } from './connection.ts';
import { Management } from './management.ts';
import type { RabbitmqServer } from './private-rabbitmq.ts';

/** The variable that names a broker which is already there. */
export const AMQP_URL_VARIABLE = 'TIDINGS_TEST_AMQP_URL';

/** The variable that says where its management API is; by default at port 15672 of the same host. */
const MANAGEMENT_URL_VARIABLE = 'TIDINGS_TEST_AMQP_MANAGEMENT_URL';

/**
 * Uses the broker that {@link AMQP_URL_VARIABLE} names.
 *
 * @throws When the variable is set and its broker does not answer: whoever set it wants that broker
 * and no other.
 */
export async function useEnvironment(): Promise<RabbitmqServer | EngineUnavailable> {
  const url = process.env[AMQP_URL_VARIABLE];
  if (url === undefined || url === '') return { unavailable: `${AMQP_URL_VARIABLE} is not set` };
  const managementUrl = process.env[MANAGEMENT_URL_VARIABLE] || usualManagementUrl(url);
  await tryConnection(url).catch((cause: unknown) => {
    throw new Error(
      `The RabbitMQ that ${AMQP_URL_VARIABLE} names does not answer. Start it or unset the variable.`,
      { cause },
    );
  });
  await new Management(managementUrl).ask('GET', '/overview').catch((cause: unknown) => {
    throw new Error(
      `The management API of the RabbitMQ that ${AMQP_URL_VARIABLE} names does not answer. ` +
        `Enable the plugin rabbitmq_management, or say where it is in ${MANAGEMENT_URL_VARIABLE}.`,
      { cause },
    );
  });
  return {
    url,
    managementUrl,
    engine: 'environment',
    rabbitmqctl: () => refuseToDisturb('administer'),
    crash: () => refuseToDisturb('crash'),
    restart: () => refuseToDisturb('restart'),
    stop: () => Promise.resolve(),
  };
}

function usualManagementUrl(url: string): string {
  const { protocol, hostname, username, password } = new URL(url);
  const management = new URL(`${protocol === 'amqps:' ? 'https' : 'http'}://${hostname}:15672`);
  management.username = username === '' ? 'guest' : username;
  management.password = password === '' ? 'guest' : password;
  return management.href;
}
