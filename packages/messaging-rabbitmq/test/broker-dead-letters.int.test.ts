import { on } from '@tidings/core';
import { event } from '@tidings/domain';
import { eventually } from '@tidings/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { composeOnBroker, startOnBroker } from './support/broker-app.ts';
import { onChannel, uniqueNames } from './support/rabbitmq-harness.ts';
import { testVhost } from './support/test-vhost.ts';

const broker = testVhost();
const Happened = event('test.Happened', z.object({ n: z.int() }));

test('what the broker gave up becomes a dead letter of its subscription, with the reason, and can be replayed', async () => {
  const { service, exchanges } = uniqueNames();
  const handled: number[] = [];
  const views = on(Happened, 'views', {}, ({ n }) => {
    handled.push(n);
  });
  const { app } = composeOnBroker([views], { url: broker.vhost.url, service, exchanges });
  await app.start({ consume: false });
  await onChannel(broker.vhost.url, async (channel) => {
    channel.publish(exchanges.events, 'test.Happened', Buffer.from('{"n":1}'), {
      messageId: 'm1',
      expiration: 1,
    });
    await eventually(async () => (await channel.checkQueue(`${service}.dead_`)).messageCount === 1);
  });
  await app.stop();
  await app.start();
  const letter = await eventually(async () => (await app.deadLetters.list()).letters[0]);
  expect(letter).toMatchObject({
    subscription: 'views',
    reason: 'expired',
    envelope: { id: 'm1', body: '{"n":1}' },
  });
  expect(handled).toEqual([]);
  await app.deadLetters.replay({ reason: 'expired' });
  await eventually(() => handled.length === 1);
  await onChannel(broker.vhost.url, (channel) =>
    eventually(async () => (await channel.checkQueue(`${service}.dead_`)).messageCount === 0),
  );
});

test('what was given up of a queue that is no subscription stays where it is, and is logged', async () => {
  const { service, exchanges } = uniqueNames();
  const { app, logger } = await startOnBroker([on(Happened, 'views', {}, () => {})], {
    url: broker.vhost.url,
    service,
    exchanges,
  });
  await onChannel(broker.vhost.url, async (channel) => {
    const { queue } = await channel.assertQueue('', {
      exclusive: true,
      deadLetterExchange: exchanges.dead,
      deadLetterRoutingKey: `${service}.dead_`,
    });
    channel.sendToQueue(queue, Buffer.from('{"n":1}'), { messageId: 'stray', expiration: 1 });
    await eventually(() => logger.messages('error').some((text) => text.includes('gave up')));
  });
  expect((await app.deadLetters.list()).total).toBe(0);
  await app.stop();
  await onChannel(broker.vhost.url, (channel) =>
    eventually(async () => (await channel.checkQueue(`${service}.dead_`)).messageCount === 1),
  );
});
