import { startContainer, type ServerContainer } from '../docker-container.ts';
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
    untilServes: (server) => untilAnswers(urlOf(server), () => undefined),
  });
  if ('unavailable' in container) return container;

  return {
    url: urlOf(container),
    engine: 'docker',
    crash: () => container.kill(),
    restart: () => container.restart(),
    stop: () => container.remove(),
  };
}

function urlOf(container: ServerContainer): string {
  return `postgres://test@${container.host}:${container.port(PORT)}/postgres`;
}
