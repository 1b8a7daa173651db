export { startPostgres } from './postgres/start-postgres.ts';
export type {
  PostgresEngine,
  PrivatePostgres,
  StartPostgresOptions,
} from './postgres/private-postgres.ts';
export { ServerOperationError, ServerUnavailableError } from './server-errors.ts';
