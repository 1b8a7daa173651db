import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { eventually } from '../../src/index.ts';
import {
  ConnectionsLeftError,
  startRabbitmq,
  type PrivateRabbitmq,
} from '../../src/servers/index.ts';
import { openChannel } from './support/amqp.ts';

const quiet = { log: () => {} };
let rabbitmq: PrivateRabbitmq;

beforeAll(async () => {
  rabbitmq = await startRabbitmq(quiet);
});

afterAll(async () => {
  await rabbitmq.assertNothingLeft();
  await rabbitmq.stop();
});

it('uses the broker that the environment names, and removes only its own vhosts from it', async () => {
  const others = await startRabbitmq(quiet);
  const own = await others.createVhost();
  const kept = await rabbitmq.createVhost();

  expect(others.engine).toBe('environment');
  expect(others.url).toBe(process.env['TIDINGS_TEST_AMQP_URL']);
  await others.stop();

  await expect(connect(own.url)).rejects.toThrow(/ACCESS_REFUSED|NOT_ALLOWED|403|530/i);
  await openChannel(kept.url);
});

it('refuses to disturb a broker that belongs to someone else', async () => {
  const disturbances = [
    rabbitmq.crash(),
    rabbitmq.restart(),
    rabbitmq.stopApp(),
    rabbitmq.setMemoryAlarm(true),
    rabbitmq.rabbitmqctl('status'),
  ];

  for (const outcome of await Promise.allSettled(disturbances)) {
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: { code: 'TIDINGS_TEST_SERVER_UNSUPPORTED' },
    });
  }
});

it('says which variable is wrong when there is no broker or no management API', async () => {
  vi.stubEnv('TIDINGS_TEST_AMQP_MANAGEMENT_URL', 'http://guest:guest@127.0.0.1:1');
  await expect(startRabbitmq(quiet)).rejects.toThrow(
    /management.*TIDINGS_TEST_AMQP_MANAGEMENT_URL/,
  );

  vi.stubEnv('TIDINGS_TEST_AMQP_URL', 'amqp://127.0.0.1:1');
  await expect(startRabbitmq(quiet)).rejects.toThrow(/TIDINGS_TEST_AMQP_URL names does not answer/);
  vi.unstubAllEnvs();
});

it('keeps one vhost out of reach of the user of another', async () => {
  const [mine, theirs] = [await rabbitmq.createVhost(), await rabbitmq.createVhost()];
  const url = new URL(mine.url);
  url.pathname = `/${theirs.name}`;

  await expect(connect(url.href)).rejects.toThrow(/ConnectionClose/);
});

it('lists what is in a vhost', async () => {
  const vhost = await rabbitmq.createVhost();
  const channel = await openChannel(vhost.url);
  await channel.assertQueue('letters', {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 5 },
  });
  await channel.prefetch(1);
  await channel.consume('letters', () => {}, { consumerTag: 'reader' });

  expect(await vhost.publish({ routingKey: 'letters', body: 'one' })).toBe(true);
  expect(await vhost.publish({ routingKey: 'letters', body: Buffer.from([0, 255]) })).toBe(true);
  expect(await vhost.publish({ routingKey: 'nobody', body: 'lost' })).toBe(false);

  expect(await vhost.connections()).toHaveLength(1);
  const queue = await eventually(async () =>
    (await vhost.queues()).find(({ ready, unacknowledged }) => ready + unacknowledged === 2),
  );
  expect(queue).toEqual({
    name: 'letters',
    type: 'quorum',
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 5 },
    ready: 1,
    unacknowledged: 1,
  });
  const open = await eventually(async () => (await vhost.channels()).find((one) => one.confirms));
  expect(open.number).toBe(1);
  const consumer = await eventually(async () => (await vhost.consumers())[0]);
  expect(consumer).toMatchObject({ tag: 'reader', queue: 'letters', prefetch: 1, active: true });
  expect(await eventually(async () => (await vhost.connections())[0]?.state)).toBe('running');
});

it('empties and deletes a queue under its consumer', async () => {
  const vhost = await rabbitmq.createVhost();
  const channel = await openChannel(vhost.url);
  await channel.assertQueue('letters', { durable: true });
  await vhost.publish({ routingKey: 'letters', body: 'one' });

  await vhost.purgeQueue('letters');
  expect(await channel.checkQueue('letters')).toMatchObject({ messageCount: 0 });

  const cancelled = new Promise((resolve) => {
    void channel.consume('letters', resolve);
  });
  await channel.checkQueue('letters');
  await vhost.deleteQueue('letters');
  expect(await cancelled).toBeNull();
  expect(await vhost.queues()).toEqual([]);
});

it('tells which connections a test has left open', async () => {
  const vhost = await rabbitmq.createVhost();
  const connection = await connect(vhost.url, { clientProperties: { connection_name: 'mine' } });
  await eventually(async () => (await vhost.connections())[0]?.label === 'mine');

  const left = await vhost.assertNothingLeft().catch((error: unknown) => error);
  await connection.close();

  expect(left).toBeInstanceOf(ConnectionsLeftError);
  expect(String(left)).toMatch(/1 connections to the vhost .* are still open: .*\(mine\)/);
  await vhost.assertNothingLeft();
});

it('closes the connections of one vhost as an operator would', async () => {
  const vhost = await rabbitmq.createVhost();
  const other = await rabbitmq.createVhost();
  await openChannel(other.url);
  const connection = await connect(vhost.url);
  const closed = new Promise<Error | undefined>((resolve) => {
    connection.on('close', resolve);
  });

  expect(await vhost.closeConnections()).toBe(1);

  expect(String(await closed)).toContain('CONNECTION_FORCED');
  await vhost.assertNothingLeft();
  expect(await other.connections()).toHaveLength(1);
});

it('names every engine that was tried and what to install when there is none', async () => {
  await expect(startRabbitmq({ ...quiet, engines: [] })).rejects.toMatchObject({
    code: 'TIDINGS_TEST_SERVER_UNAVAILABLE',
    message: expect.stringContaining('Install RabbitMQ 3.10 or newer') as string,
  });
});
