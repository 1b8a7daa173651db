export { describeSchema } from './postgres/describe-schema.ts';
export type { RawQueries } from './postgres/describe-schema.ts';
export { startPostgres } from './postgres/start-postgres.ts';
export type {
  PostgresEngine,
  PrivatePostgres,
  StartPostgresOptions,
} from './postgres/private-postgres.ts';
export { startRabbitmq } from './rabbitmq/start-rabbitmq.ts';
export type {
  PrivateRabbitmq,
  RabbitmqEngine,
  StartRabbitmqOptions,
} from './rabbitmq/private-rabbitmq.ts';
export type {
  ChannelInfo,
  ConnectionInfo,
  ConsumerInfo,
  PrivateVhost,
  QueueInfo,
  RawMessage,
} from './rabbitmq/private-vhost.ts';
export {
  ConnectionsLeftError,
  ServerOperationError,
  ServerUnavailableError,
} from './server-errors.ts';
export type { StartServerOptions } from './start-first.ts';
