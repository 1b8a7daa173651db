import { handle } from '@tidings/core';
import { command } from '@tidings/domain';
import { eventually, gate, neverWithin } from '@tidings/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { startOnBroker, type BrokerApp } from './support/broker-app.ts';
import { onChannel, uniqueNames } from './support/rabbitmq-harness.ts';
import { testVhost } from './support/test-vhost.ts';

const broker = testVhost();

const Double = command('calculator.Double', z.object({ n: z.int() }), { result: z.int() });

/** For requests that are answered: longer than any machine takes. */
const patience = { timeoutMs: 60_000 };

/** A service that handles the command, and another that only asks. */
async function two(
  doubling: (n: number) => number | Promise<number>,
): Promise<{ calculator: BrokerApp; client: BrokerApp; service: string }> {
  const { service, exchanges } = uniqueNames();
  const options = { url: broker.vhost.url, exchanges };
  const calculator = await startOnBroker([handle(Double, {}, ({ n }) => doubling(n))], {
    ...options,
    service,
  });
  const client = await startOnBroker([], { ...options, service: `${service}-client` });
  return { calculator, client, service };
}

test('a command is carried out by another service, and its result comes back', async () => {
  const { client } = await two((n) => 2 * n);
  expect(await client.app.bus.request(Double({ n: 21 }), patience)).toBe(42);
});

test('200 requests at once get each their own answer', async () => {
  const { client } = await two((n) => 2 * n);
  const numbers = Array.from({ length: 200 }, (_, n) => n);
  const answers = await Promise.all(
    numbers.map((n) => client.app.bus.request(Double({ n }), patience)),
  );
  expect(answers).toEqual(numbers.map((n) => 2 * n));
});

test('the error of the handler comes back; nothing is retried and nothing becomes a dead letter', async () => {
  let attempts = 0;
  const { client, calculator } = await two(() => {
    attempts += 1;
    throw new RangeError('too much');
  });
  await expect(client.app.bus.request(Double({ n: 1 }), patience)).rejects.toMatchObject({
    code: 'TIDINGS_REMOTE_COMMAND',
    remote: { name: 'RangeError', message: 'too much' },
  });
  expect(attempts).toBe(1);
  expect((await calculator.app.deadLetters.list()).total).toBe(0);
});

test('a command that nobody takes is an error at once', async () => {
  const { client } = await two((n) => n);
  const Other = command('calculator.Other', z.object({}));
  await expect(client.app.bus.request(Other({}), patience)).rejects.toMatchObject({
    code: 'TIDINGS_UNKNOWN_COMMAND',
  });
});

test('when nobody answers in time that is said, and what nobody waits for any more is not done later', async () => {
  let handled = 0;
  const { calculator, client, service } = await two((n) => {
    handled += 1;
    return n;
  });
  await calculator.app.stop();
  await expect(client.app.bus.request(Double({ n: 1 }), { timeoutMs: 100 })).rejects.toMatchObject({
    code: 'TIDINGS_WAIT_TIMEOUT',
  });
  await eventually(() =>
    onChannel(broker.vhost.url, async (channel) => {
      const { messageCount } = await channel.checkQueue(`${service}.commands`);
      return messageCount === 0;
    }),
  );
  await calculator.app.start();
  expect(await client.app.bus.request(Double({ n: 2 }), patience)).toBe(2);
  expect(handled).toBe(1);
});

test('under one intent a request takes effect once, and the first answer comes again', async () => {
  let handled = 0;
  const { client } = await two((n) => {
    handled += 1;
    return n + handled;
  });
  const options = { ...patience, intent: 'i' };
  expect(await client.app.bus.request(Double({ n: 1 }), options)).toBe(2);
  expect(await client.app.bus.request(Double({ n: 1 }), options)).toBe(2);
});

test('when the connections are lost while it waits it ends soon, and later requests are answered', async () => {
  const { opened, open } = gate();
  let handled = 0;
  const { client } = await two(async (n) => {
    handled += 1;
    if (handled === 1) await opened;
    return n;
  });
  const requested = client.app.bus.request(Double({ n: 1 }), patience);
  requested.catch(() => {});
  await eventually(() => handled === 1);
  await broker.vhost.closeConnections();
  await expect(requested).rejects.toMatchObject({ transient: true });
  open();
  const again = await eventually(() =>
    client.app.bus.request(Double({ n: 3 })).catch(() => undefined),
  );
  expect(again).toBe(3);
});

test('a reply that cannot be sent at once, because its connection was lost, is sent on the next one', async () => {
  const { opened, open } = gate();
  const { calculator, client, service } = await two(async (n) => {
    await opened;
    return n;
  });
  const requested = client.app.bus.request(Double({ n: 4 }), patience);
  requested.catch(() => {});
  const name = await eventually(async () => {
    const connections = await broker.vhost.connections();
    return connections.find(({ label }) => label === `${service} publishes`)?.name;
  });
  await broker.broker.api('DELETE', `/connections/${encodeURIComponent(name)}`);
  await eventually(() =>
    calculator.logger.messages('warn').includes('a connection to the broker was lost'),
  );
  open();
  expect(await requested).toBe(4);
});

test('S36 a reply goes to no queue that a stranger names', async () => {
  const { service } = await two((n) => n);
  await onChannel(broker.vhost.url, async (channel) => {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const got: unknown[] = [];
    await channel.consume(queue, (message) => got.push(message), { noAck: true });
    channel.sendToQueue(`${service}.commands`, Buffer.from('{"n":1}'), {
      messageId: 'forged',
      type: 'calculator.Double',
      replyTo: queue,
    });
    await eventually(
      async () => (await channel.checkQueue(`${service}.commands`)).messageCount === 0,
    );
    await neverWithin(100, () => got.length > 0, 'a reply to a stranger');
    expect(got).toEqual([]);
  });
});
