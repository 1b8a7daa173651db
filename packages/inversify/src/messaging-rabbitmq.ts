import {
  rabbitmqMessaging as rabbitmqAdapter,
  type RabbitMqOptions,
} from '@tidings/messaging-rabbitmq';
import type { ContainerModule } from 'inversify';

import { adapterModule } from './adapter-module.ts';

/**
 * The module of the transport on RabbitMQ.
 *
 * @throws InvalidOptionsError `TIDINGS_INVALID_OPTIONS` listing every fault
 */
export function rabbitmqMessaging(options: RabbitMqOptions): ContainerModule {
  return adapterModule(rabbitmqAdapter(options));
}
