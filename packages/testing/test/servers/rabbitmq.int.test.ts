import { connect } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../src/index.ts';
import { startRabbitmq, type PrivateRabbitmq } from '../../src/servers/index.ts';
import { consumeAll, openChannel, publishAll } from './support/amqp.ts';

const QUORUM = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

describe('a private RabbitMQ', () => {
  let rabbitmq: PrivateRabbitmq;
  const lines: string[] = [];

  beforeAll(async () => {
    rabbitmq = await startRabbitmq({ crashable: true, log: (line) => lines.push(line) });
  });

  afterAll(async () => {
    await rabbitmq.stop();
  });

  it('says in one line which engine runs', () => {
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`RabbitMQ for tests: ${rabbitmq.engine}, ready after`);
  });

  it('carries messages from a publisher to a consumer', async () => {
    const vhost = await rabbitmq.createVhost();
    const channel = await openChannel(vhost.url);
    await channel.assertQueue('letters', QUORUM);

    await publishAll(channel, 'letters', 100);

    expect((await consumeAll(channel, 'letters', 100)).has('100')).toBe(true);
  });

  it('keeps what was confirmed through a crash, on the same address', async () => {
    const vhost = await rabbitmq.createVhost('a "strange"/name');
    const before = await openChannel(vhost.url);
    await before.assertQueue('quorum', QUORUM);
    await before.assertQueue('classic', { durable: true });
    await publishAll(before, 'quorum', 500);
    await publishAll(before, 'classic', 500);

    await rabbitmq.crash();
    await expect(connect(vhost.url)).rejects.toThrow(/ECONNREFUSED|ECONNRESET|closed/);
    await rabbitmq.restart();

    const after = await openChannel(vhost.url);
    expect((await consumeAll(after, 'quorum', 500)).size).toBe(500);
    expect((await consumeAll(after, 'classic', 500)).size).toBe(500);
  });

  it('blocks publishers while memory or disk is short', async () => {
    const vhost = await rabbitmq.createVhost();
    const channel = await openChannel(vhost.url);
    const connection = channel.connection as unknown as NodeJS.EventEmitter;
    const events: string[] = [];
    connection.on('blocked', () => events.push('blocked'));
    connection.on('unblocked', () => events.push('unblocked'));
    await channel.assertQueue('letters', QUORUM);

    await rabbitmq.setMemoryAlarm(true);
    channel.sendToQueue('letters', Buffer.from('for memory'));
    await eventually(() => events.length === 1);
    await rabbitmq.setMemoryAlarm(false);
    await channel.waitForConfirms();
    await rabbitmq.setDiskAlarm(true);
    channel.sendToQueue('letters', Buffer.from('for the disk'));
    await eventually(() => events.length === 3);
    await rabbitmq.setDiskAlarm(false);
    await channel.waitForConfirms();

    await eventually(() => events.length === 4);
    expect(events).toEqual(['blocked', 'unblocked', 'blocked', 'unblocked']);
  });

  it('stops and starts the broker on a node that goes on', async () => {
    const vhost = await rabbitmq.createVhost();

    await rabbitmq.stopApp();
    await expect(connect(vhost.url)).rejects.toThrow(/ECONNREFUSED|ECONNRESET|closed/);
    await rabbitmq.startApp();

    await openChannel(vhost.url);
  });

  it('closes every connection', async () => {
    await rabbitmq.assertNothingLeft();
    const [left, right] = [await rabbitmq.createVhost(), await rabbitmq.createVhost()];
    await openChannel(left.url);
    await openChannel(right.url);
    await openChannel(rabbitmq.url);

    expect(await rabbitmq.closeAllConnections()).toBe(3);

    await rabbitmq.assertNothingLeft();
  });

  it('is started again when it still runs', async () => {
    const startedAt = (): Promise<string> =>
      rabbitmq.rabbitmqctl('eval', 'erlang:system_info(start_time) + erlang:time_offset().');
    const before = await startedAt();
    await rabbitmq.restart();

    expect(await startedAt()).not.toBe(before);
  });

  it('leaves nothing when it is stopped, however often', async () => {
    await rabbitmq.stop();
    await rabbitmq.stop();

    await expect(connect(rabbitmq.url)).rejects.toThrow(/ECONNREFUSED/);
  });
});
