import { on } from '@tidings/core';
import { event } from '@tidings/domain';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeOnBroker, type BrokerAppOptions } from './support/broker-app.ts';
import { onChannel, uniqueNames } from './support/rabbitmq-harness.ts';
import { testVhost } from './support/test-vhost.ts';

const broker = testVhost();

const Happened = event('test.Happened', z.object({}));
const views = on(Happened, 'views', {}, () => {});

function options(partitions = 1): BrokerAppOptions {
  return { ...uniqueNames(), url: broker.vhost.url, defaults: { partitions } };
}

test('F15 a queue that exists as another kind is named with the difference, and the application starts once it is gone', async () => {
  const given = options();
  const queue = `${given.service}.views`;
  await onChannel(broker.vhost.url, (channel) => channel.assertQueue(queue, { durable: true }));
  const { app } = composeOnBroker([views], given);
  await expect(app.start()).rejects.toMatchObject({
    code: 'TIDINGS_TOPOLOGY_MISMATCH',
    message: expect.stringMatching(new RegExp(`queue "${queue}".*argument "x-`)) as string,
  });
  expect(app.state).toBe('stopped');
  await broker.vhost.deleteQueue(queue);
  await app.start();
  expect(app.state).toBe('running');
});

test('F15 an exchange of another type is named', async () => {
  const given = options();
  const events = given.exchanges?.events ?? '';
  await onChannel(broker.vhost.url, (channel) => channel.assertExchange(events, 'fanout'));
  await expect(composeOnBroker([views], given).app.start()).rejects.toMatchObject({
    code: 'TIDINGS_TOPOLOGY_MISMATCH',
    message: expect.stringContaining(`exchange "${events}"`) as string,
  });
});

test.each([
  [1, 4],
  [4, 1],
  [4, 8],
])('F15 a number of partitions that changes from %i to %i is refused', async (before, after) => {
  const given = options(before);
  const { app } = composeOnBroker([views], given);
  await app.start();
  await app.stop();
  const changed = composeOnBroker([views], { ...given, defaults: { partitions: after } });
  await expect(changed.app.start()).rejects.toMatchObject({
    code: 'TIDINGS_TOPOLOGY_MISMATCH',
    message: expect.stringContaining(`${given.service}.views`) as string,
  });
  await app.start();
  expect(app.state).toBe('running');
});

test.each([
  ['a wrong password', (url: URL) => (url.password = 'pl%40nted')],
  ['a virtual host that is not there', (url: URL) => (url.pathname = '/nowhere')],
])('S37 %s is said at once, and no password with it', async (_, spoil) => {
  const url = new URL(broker.vhost.url);
  const { password } = url;
  spoil(url);
  const { app, logger } = composeOnBroker([views], { ...options(), url: url.href });
  const error = (await app.start().then(
    () => undefined,
    (reason: unknown) => reason,
  )) as Error;
  expect(error).toMatchObject({ code: 'TIDINGS_TRANSPORT_UNAVAILABLE' });
  const told = JSON.stringify([error.message, String(error.cause), logger.lines]);
  expect(told).not.toContain(password);
  expect(told).not.toMatch(/pl(@|%40)nted/);
});
