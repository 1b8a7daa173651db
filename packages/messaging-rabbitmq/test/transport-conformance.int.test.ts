import { transportConformance } from '@tidings/testing/conformance';

import { rabbitMqHarness } from './support/rabbitmq-harness.ts';

transportConformance('RabbitMQ', rabbitMqHarness(() => process.env['TIDINGS_TEST_AMQP_URL'] ?? ''), {
  parallel: 4,
});
