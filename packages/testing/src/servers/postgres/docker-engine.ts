import { startContainer } from '../docker-container.ts';
import type { EngineUnavailable } from '../start-first.ts';
import { untilAnswers } from './connection.ts';
import { serverSettings } from './local-engine.ts';
import type { PostgresServer, StartPostgresOptions } from './private-postgres.ts';

const PORT = 5432;

/** Runs a Postgres in a container. */
export async function startDocker(
  options: StartPostgresOptions,
): Promise<PostgresServer | EngineUnavailable> {
  const settings = Object.entries(serverSettings(options));
  const container = await startContainer({
    image: options.image ?? 'postgres:17-alpine',
    environment: {
      POSTGRES_USER: 'test',
      POSTGRES_DB: 'postgres',
      POSTGRES_HOST_AUTH_METHOD: 'trust',
    },
    command: ['postgres', ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    ports: [PORT],
    stopSignal: 'SIGINT',
  });
  if ('unavailable' in container) return container;

  const url = `postgres://test@${container.host}:${container.port(PORT)}/postgres`;
  await untilAnswers(url, () => undefined);
  return {
    url,
    engine: 'docker',
    crash: () => container.kill(),
    restart: async () => {
      await container.restart();
      await untilAnswers(url, () => undefined);
    },
    stop: () => container.remove(),
  };
}
