import type * as Testcontainers from 'testcontainers';
import { dockerAnswers } from '../docker-socket.ts';
import { freePort } from '../free-port.ts';
import { untilReady } from './connection.ts';
import { serverSettings } from './local-engine.ts';
import type {
  EngineUnavailable,
  PostgresServer,
  StartPostgresOptions,
} from './private-postgres.ts';

/** Enough for an image to be fetched, short enough not to hang a test run on a dead network. In milliseconds. */
const STARTED_WITHIN_MS = 180_000;

/** Runs a container by Testcontainers, whose reaper removes it should we not. */
export async function startDocker(
  options: StartPostgresOptions,
): Promise<PostgresServer | EngineUnavailable> {
  if (!(await dockerAnswers())) return { unavailable: 'no container engine answers' };
  const testcontainers = await import('testcontainers').catch(() => undefined);
  if (testcontainers === undefined) {
    return { unavailable: 'the package testcontainers is not installed' };
  }
  try {
    return await startContainer(testcontainers, options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { unavailable: `the container did not start (${reason.split('\n')[0]})` };
  }
}

async function startContainer(
  { GenericContainer, getContainerRuntimeClient }: typeof Testcontainers,
  options: StartPostgresOptions,
): Promise<PostgresServer> {
  const settings = Object.entries(serverSettings(options));
  // A fixed port: a container that is killed and started again would come back on another one.
  const host = await freePort();
  const starting = new GenericContainer(options.image ?? 'postgres:17-alpine')
    .withEnvironment({
      POSTGRES_USER: 'test',
      POSTGRES_DB: 'postgres',
      POSTGRES_HOST_AUTH_METHOD: 'trust',
    })
    .withCommand(['postgres', ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])])
    .withExposedPorts({ container: 5432, host })
    .withStartupTimeout(STARTED_WITHIN_MS)
    .start();
  const container = await within(STARTED_WITHIN_MS, starting, (late) => void late.stop());

  const url = `postgres://test@${container.getHost()}:${host}/postgres`;
  await untilReady(url, () => undefined);
  const engine = await getContainerRuntimeClient();
  const handle = engine.container.getById(container.getId());
  const isRunning = async (): Promise<boolean> => (await handle.inspect()).State.Running;

  return {
    url,
    engine: 'docker',
    crash: async () => {
      await handle.kill({ signal: 'SIGKILL' });
      await handle.wait();
    },
    restart: async () => {
      if (await isRunning()) await handle.stop({ signal: 'SIGINT' });
      await handle.start();
      await untilReady(url, () => undefined);
    },
    stop: async () => {
      await container.stop({ removeVolumes: true, timeout: 0 });
    },
  };
}

/** Waits for a promise no longer than `ms`; what it gives after that is given to `discard`. */
async function within<T>(ms: number, promise: Promise<T>, discard: (late: T) => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      promise.then(discard, () => {});
      reject(new Error(`not started within ${ms} ms`));
    }, ms);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}
