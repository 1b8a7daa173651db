import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { connect, type ChannelModel } from 'amqplib';

/** An event as it is on the wire, for whoever does not know Tidings. */
export interface SeenEvent {
  readonly type: string;
  readonly data: unknown;
}

/** Another system at the same broker: a plain client that knows exchanges, routing keys and JSON. */
export class BrokerClient implements AsyncDisposable {
  readonly #connection: ChannelModel;

  private constructor(connection: ChannelModel) {
    this.#connection = connection;
  }

  static async connect(url: string): Promise<BrokerClient> {
    const connection = await connect(url, { noDelay: true });
    // Whatever is under way on it rejects.
    connection.on('error', () => {});
    return new BrokerClient(connection);
  }

  /** Sends a command and resolves when the broker has it. */
  async send(type: string, data: unknown, messageId: string): Promise<void> {
    const channel = await this.#connection.createConfirmChannel();
    const body = Buffer.from(JSON.stringify(data));
    channel.publish('tidings.commands', type, body, { messageId, persistent: true });
    await channel.waitForConfirms();
    await channel.close();
  }

  /** Collects the events of a type that are published from now on. */
  async collect(type: string): Promise<readonly SeenEvent[]> {
    const seen: SeenEvent[] = [];
    const channel = await this.#connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'tidings.events', type);
    await channel.consume(
      queue,
      (message) => {
        if (message === null) return;
        const data: unknown = JSON.parse(message.content.toString());
        seen.push({ type: message.fields.routingKey, data });
      },
      { noAck: true },
    );
    return seen;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close().catch(() => {
      // It was lost.
    });
  }
}

/** Sends a command again and again, with the same id, until the broker has said that it has it. */
export async function sendUntilTaken(url: string, type: string, data: unknown): Promise<void> {
  const messageId = randomUUID();
  for (;;) {
    try {
      await using client = await BrokerClient.connect(url);
      await client.send(type, data, messageId);
      return;
    } catch {
      await pause(100);
    }
  }
}
