import { connect, type ConfirmChannel } from 'amqplib';
import { onTestFinished } from 'vitest';

/** Opens a channel, for the length of a test, on a connection of its own. */
export async function openChannel(url: string): Promise<ConfirmChannel> {
  const connection = await connect(url);
  connection.on('error', () => {});
  onTestFinished(() => connection.close().catch(() => {}));
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => {});
  return channel;
}

/** Publishes numbered messages and resolves when all of them are confirmed. */
export async function publishAll(
  channel: ConfirmChannel,
  queue: string,
  count: number,
): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    channel.sendToQueue(queue, Buffer.from(String(number)), { persistent: true });
  }
  await channel.waitForConfirms();
}

/** Consumes until so many different messages have come. */
export async function consumeAll(
  channel: ConfirmChannel,
  queue: string,
  count: number,
): Promise<ReadonlySet<string>> {
  const bodies = new Set<string>();
  await new Promise<void>((resolve, reject) => {
    const consuming = channel.consume(queue, (message) => {
      bodies.add(message?.content.toString() ?? '');
      if (bodies.size === count) resolve();
    });
    consuming.catch(reject);
  });
  return bodies;
}
