import type { Adapter } from '@tidings/core';

import { settingsOf, type RabbitMqOptions } from './options.ts';
import { RabbitMqTransport } from './rabbitmq-transport.ts';

/**
 * The transport on RabbitMQ (3.10 or newer): what is committed gets to every process of every service.
 *
 * @throws {@link InvalidOptionsError} listing every fault
 * @example
 * const app = createApp({
 *   service: 'warehouse',
 *   features: [allocation],
 *   adapters: [knexPersistence(db), rabbitmqMessaging({ url: process.env.AMQP_URL })],
 * });
 */
export function rabbitmqMessaging(options: RabbitMqOptions): Adapter<never> {
  const settings = settingsOf(options);
  return {
    name: 'RabbitMQ',
    transport: (context) => new RabbitMqTransport(settings, context),
  };
}
