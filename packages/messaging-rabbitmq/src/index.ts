export { TopologyMismatchError, TransportUnavailableError } from './errors.ts';
export type { RabbitMqOptions, SubscriptionSettings } from './options.ts';
export { rabbitmqMessaging } from './rabbitmq-messaging.ts';
