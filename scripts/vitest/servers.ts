import { startPostgres, startRabbitmq } from '@tidings/testing/servers';

/**
 * Starts one Postgres and one RabbitMQ, side by side, for all integration tests of a run. A test gets
 * them by `startPostgres()` and `startRabbitmq()`, which find them through the environment, and makes
 * a database and a vhost of its own in them; a test that crashes its server asks for
 * `{ crashable: true }` and gets one of its own.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  const [postgres, rabbitmq] = await allOrNone(startPostgres(), startRabbitmq());
  const restoreEnvironment = setEnvironment({
    TIDINGS_TEST_DATABASE_URL: postgres.url,
    TIDINGS_TEST_AMQP_URL: rabbitmq.url,
    TIDINGS_TEST_AMQP_MANAGEMENT_URL: rabbitmq.managementUrl,
  });
  return async () => {
    restoreEnvironment();
    await Promise.all([postgres.stop(), rabbitmq.stop()]);
  };
}

/** Waits for two servers; if one cannot be started the other one is stopped. */
async function allOrNone<Left extends Stoppable, Right extends Stoppable>(
  left: Promise<Left>,
  right: Promise<Right>,
): Promise<[Left, Right]> {
  try {
    return await Promise.all([left, right]);
  } catch (error) {
    for (const start of await Promise.allSettled([left, right])) {
      if (start.status === 'fulfilled') await start.value.stop();
    }
    throw error;
  }
}

interface Stoppable {
  stop(): Promise<void>;
}

function setEnvironment(variables: Readonly<Record<string, string>>): () => void {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  return () => {
    for (const name of Object.keys(variables)) {
      const value = before[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
