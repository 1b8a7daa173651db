import { transportConformance } from '@tidings/testing/conformance';

import { rabbitMqHarness } from './support/rabbitmq-harness.ts';
import { testVhost } from './support/test-vhost.ts';

const test = testVhost();

transportConformance(
  'RabbitMQ',
  rabbitMqHarness(() => test.vhost.url),
  { parallel: 4 },
);
