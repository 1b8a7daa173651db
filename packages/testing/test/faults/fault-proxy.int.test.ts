import { connect } from 'amqplib';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { FaultProxy } from '../../src/faults/index.ts';
import { eventually } from '../../src/index.ts';
import {
  startPostgres,
  startRabbitmq,
  type PrivatePostgres,
  type PrivateRabbitmq,
} from '../../src/servers/index.ts';

/** A method frame's class and method: what a broker confirms with. */
const BASIC_ACK = Uint8Array.of(0, 60, 0, 80);

let postgres: PrivatePostgres;
let rabbitmq: PrivateRabbitmq;

beforeAll(async () => {
  [postgres, rabbitmq] = await Promise.all([startPostgres(), startRabbitmq()]);
});

afterAll(async () => {
  await postgres.assertNothingLeft();
  await rabbitmq.assertNothingLeft();
  await Promise.all([postgres.stop(), rabbitmq.stop()]);
});

/** A proxy for the length of a test. */
async function through(url: string): Promise<FaultProxy> {
  const proxy = await FaultProxy.start(url);
  onTestFinished(() => proxy.stop());
  return proxy;
}

it('loses the confirm of a message that the broker has', async () => {
  const vhost = await rabbitmq.createVhost();
  const proxy = await through(vhost.url);
  const connection = await connect(proxy.url);
  connection.on('error', () => {});
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => {});
  await channel.assertQueue('letters', { durable: true });

  proxy.cutAt(BASIC_ACK);
  channel.sendToQueue('letters', Buffer.from('a letter'), { persistent: true });

  await expect(channel.waitForConfirms()).rejects.toThrow(/closed/i);
  expect(proxy.injected.cuts).toBe(1);
  await eventually(async () => (await vhost.queues())[0]?.ready === 1);
});

it('loses the reply to a COMMIT that the server has made', async () => {
  const url = await postgres.createDatabase();
  const proxy = await through(url);
  const [client, observer] = [new Client(proxy.url), new Client(url)];
  client.on('error', () => {});
  await Promise.all([client.connect(), observer.connect()]);
  await client.query('begin; create table kept (n int)');

  proxy.cutAt('COMMIT\0');
  await expect(client.query('commit')).rejects.toThrow(/terminated/);

  expect(proxy.injected.cuts).toBe(1);
  expect((await observer.query('select * from kept')).rows).toEqual([]);
  await observer.end();
});

it('leaves a client alone with a broker that has fallen silent, until its heartbeats tell', async () => {
  const vhost = await rabbitmq.createVhost();
  const proxy = await through(vhost.url);
  const connection = await connect(`${proxy.url}?heartbeat=1`);
  const failed = new Promise<Error>((resolve) => {
    connection.on('error', resolve);
  });

  proxy.behave({ swallow: 'both' });

  expect(String(await failed)).toMatch(/heartbeat/i);
  expect(proxy.connections).toBe(1);
  await vhost.closeConnections();
});

it('carries a conversation byte by byte', async () => {
  const proxy = await through(await postgres.createDatabase());
  const client = new Client(proxy.url);
  await client.connect();
  proxy.behave({ sliceBytes: 1 });

  const { rows } = await client.query("select repeat('x', 1000) as text");

  expect(rows).toEqual([{ text: 'x'.repeat(1000) }]);
  expect(proxy.injected.slices).toBeGreaterThan(1000);
  await client.end();
});
