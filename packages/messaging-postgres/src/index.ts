export { CommandTakenError, TransportUnavailableError } from './errors.ts';
export type { PostgresMessagingOptions } from './options.ts';
export { migrateMessaging } from './migrate-messaging.ts';
export { postgresMessaging } from './postgres-messaging.ts';
export { waitingDeliveries } from './waiting-deliveries.ts';
export type { WaitingDeliveries } from './waiting-deliveries.ts';
