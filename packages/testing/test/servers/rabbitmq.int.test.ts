import { connect, type ConfirmChannel } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startRabbitmq, type PrivateRabbitmq } from '../../src/servers/index.ts';

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

  it('carries a message from a publisher to a consumer', async () => {
    const vhost = await rabbitmq.createVhost();
    const channel = await openChannel(vhost.url);
    await channel.assertQueue('letters', QUORUM);
    const received = new Promise<string | undefined>((resolve) => {
      void channel.consume('letters', (message) => resolve(message?.content.toString()));
    });

    channel.sendToQueue('letters', Buffer.from('a letter'));
    await channel.waitForConfirms();

    expect(await received).toBe('a letter');
  });
});

async function openChannel(url: string): Promise<ConfirmChannel> {
  const connection = await connect(url);
  connection.on('error', () => {});
  onTestFinished(() => connection.close().catch(() => {}));
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => {});
  return channel;
}
