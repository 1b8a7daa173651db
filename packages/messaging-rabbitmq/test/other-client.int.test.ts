import { crc32 } from 'node:zlib';

import { on } from '@tidings/core';
import { event } from '@tidings/domain';
import { eventually } from '@tidings/testing';
import { Connection, type AsyncMessage } from 'rabbitmq-client';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

import { startOnBroker } from './support/broker-app.ts';
import { uniqueNames } from './support/rabbitmq-harness.ts';
import { testVhost } from './support/test-vhost.ts';

const broker = testVhost();
const Sold = event('shop.Sold', z.object({ sku: z.string(), qty: z.int() }), {
  partitionKey: ({ sku }) => sku,
});

function connect(): Connection {
  const connection = new Connection(broker.vhost.url);
  onTestFinished(() => connection.close());
  return connection;
}

test('a client of another make takes part with an id and a JSON body', async () => {
  const { service, exchanges } = uniqueNames();
  const heard: unknown[] = [];
  const { app } = await startOnBroker(
    [on(Sold, 'stock', {}, (data, _, { envelope }) => heard.push([data, envelope?.id]))],
    { url: broker.vhost.url, service, exchanges },
  );
  const publisher = connect().createPublisher({ confirm: true });
  await publisher.send(
    { exchange: exchanges.events, routingKey: 'shop.Sold', messageId: 'from elsewhere' },
    { sku: 'LAMP', qty: 2 },
  );
  await eventually(() => heard.length === 1);
  expect(heard).toEqual([[{ sku: 'LAMP', qty: 2 }, 'from elsewhere']]);
  expect((await app.deadLetters.list()).total).toBe(0);
  await publisher.close();
});

test('a client of another make reads what is published: body, properties and headers', async () => {
  const { service, exchanges } = uniqueNames();
  const { app } = await startOnBroker([], { url: broker.vhost.url, service, exchanges });
  const got: AsyncMessage[] = [];
  const consumer = connect().createConsumer(
    {
      queueOptions: { exclusive: true },
      queueBindings: [{ exchange: exchanges.events, routingKey: 'shop.*' }],
    },
    async (message) => {
      got.push(message);
    },
  );
  onTestFinished(() => consumer.close());
  await new Promise<void>((resolve) => consumer.once('ready', resolve));
  await app.bus.publish(Sold({ sku: 'LAMP', qty: 2 }), { correlationId: 'c1' });
  await eventually(() => got.length === 1);
  expect(got[0]).toMatchObject({
    body: { sku: 'LAMP', qty: 2 },
    routingKey: 'shop.Sold',
    type: 'shop.Sold',
    contentType: 'application/json',
    correlationId: 'c1',
    appId: service,
    headers: {
      cloudEvents_specversion: '1.0',
      cloudEvents_type: 'shop.Sold',
      cloudEvents_source: service,
      cloudEvents_partitionkey: 'LAMP',
      cloudEvents_dataversion: '1',
      'tidings-bucket': String(crc32('LAMP') % 64),
    },
  });
  expect(got[0]?.messageId).toBe(got[0]?.headers?.['cloudEvents_id']);
});

test('what a client of another make publishes keeps its order in partitions, with a bucket and without', async () => {
  const { service, exchanges } = uniqueNames();
  const heard: string[] = [];
  await startOnBroker([on(Sold, 'stock', {}, ({ sku, qty }) => heard.push(`${sku} ${qty}`))], {
    url: broker.vhost.url,
    service,
    exchanges,
    defaults: { partitions: 4 },
  });
  const publisher = connect().createPublisher({ confirm: true });
  const skus = ['LAMP', 'VASE', 'RUG'];
  for (let qty = 1; qty <= 20; qty += 1) {
    for (const sku of skus) {
      const bucket = sku === 'RUG' ? {} : { 'tidings-bucket': String(crc32(sku) % 64) };
      await publisher.send(
        {
          exchange: exchanges.events,
          routingKey: 'shop.Sold',
          messageId: `${sku} ${qty}`,
          headers: { cloudEvents_partitionkey: sku, ...bucket },
        },
        { sku, qty },
      );
    }
  }
  await eventually(() => heard.length === 60);
  for (const sku of skus) {
    const expected = Array.from({ length: 20 }, (_, index) => `${sku} ${index + 1}`);
    expect(heard.filter((each) => each.startsWith(sku))).toEqual(expected);
  }
  await publisher.close();
});
