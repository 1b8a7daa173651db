import { randomUUID } from 'node:crypto';

import {
  connect,
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  type ConsumeMessage,
} from 'amqplib';
import { Pool } from 'pg';

import type { Measurement } from '../harness/contender.ts';
import type { ServerSettings } from '../harness/on-servers.ts';
import { stopwatch } from '../harness/stopwatch.ts';
import { percentiles } from './measuring.ts';
import {
  BODY,
  CONCURRENCY,
  EVENTS,
  KEYS,
  PER_SECOND,
  PREFETCH,
  QUEUE,
  TYPE,
  WINDOW,
} from './settings.ts';

const CONTENT = Buffer.from(BODY);
const QUORUM = {
  durable: true,
  arguments: { 'x-queue-type': 'quorum', 'x-single-active-consumer': true },
};

/** Where the messages of the benchmarks go. */
export async function declareSink(channel: Channel): Promise<void> {
  await channel.assertExchange(EVENTS, 'topic', { durable: true });
  await channel.assertQueue(QUEUE, QUORUM);
  await channel.bindQueue(QUEUE, EVENTS, TYPE);
}

export function connectTo({ amqpUrl }: ServerSettings): Promise<ChannelModel> {
  return connect(amqpUrl, { noDelay: true });
}

/** Publishes `count` messages, never more than a window of them unconfirmed. */
export async function publishMany(channel: ConfirmChannel, count: number): Promise<void> {
  let sent = 0;
  let confirmed = 0;
  await new Promise<void>((resolve, reject) => {
    const pump = (): void => {
      while (sent < count && sent - confirmed < WINDOW) {
        sent += 1;
        channel.publish(EVENTS, TYPE, CONTENT, properties(sent), (error) => {
          if (error !== null) return reject(error as Error);
          confirmed += 1;
          if (confirmed === count) resolve();
          else pump();
        });
      }
    };
    pump();
  });
}

const properties = (n: number): object => ({
  persistent: true,
  contentType: 'application/json',
  messageId: randomUUID(),
  type: TYPE,
  headers: { cloudEvents_partitionkey: `key-${n % KEYS}` },
});

export async function publishByHand(settings: ServerSettings): Promise<Measurement> {
  const connection = await connectTo(settings);
  const channel = await connection.createConfirmChannel();
  await declareSink(channel);
  await publishMany(channel, settings.messages / 10);
  const stop = stopwatch(settings.messages);
  await publishMany(channel, settings.messages);
  const measured = stop();
  await connection.close();
  return measured;
}

/** Inbox row, effect and commit for each message, prepared, then the acknowledgement. */
export async function consumeByHand(settings: ServerSettings): Promise<Measurement> {
  const pool = new Pool({ connectionString: settings.url, max: CONCURRENCY });
  await pool.query('create table seen (id text primary key)');
  await pool.query('create table effect (id text primary key, qty int not null)');
  const connection = await connectTo(settings);
  const publishing = await connection.createConfirmChannel();
  await declareSink(publishing);
  await publishMany(publishing, settings.messages);
  const consuming = await connection.createChannel();
  await consuming.prefetch(PREFETCH);
  const stop = stopwatch(settings.messages);
  let left = settings.messages;
  let running = 0;
  await new Promise<void>((resolve, reject) => {
    const waiting: ConsumeMessage[] = [];
    const handle = async (message: ConsumeMessage): Promise<void> => {
      running += 1;
      await apply(pool, String(message.properties.messageId), message.content);
      consuming.ack(message);
      running -= 1;
      left -= 1;
      if (left === 0) resolve();
      next();
    };
    const next = (): void => {
      const message = running < CONCURRENCY ? waiting.shift() : undefined;
      if (message !== undefined) handle(message).catch(reject);
    };
    void consuming.consume(QUEUE, (message) => {
      if (message === null) return;
      waiting.push(message);
      next();
    });
  });
  const measured = stop();
  await connection.close();
  await pool.end();
  return measured;
}

async function apply(pool: Pool, id: string, content: Buffer): Promise<void> {
  const { qty } = JSON.parse(content.toString()) as { qty: number };
  const client = await pool.connect();
  await client.query('begin');
  const { rowCount } = await client.query({
    name: 'seen',
    text: 'insert into seen values ($1) on conflict do nothing',
    values: [id],
  });
  if (rowCount === 1) {
    await client.query({
      name: 'effect',
      text: 'insert into effect values ($1, $2)',
      values: [id, qty],
    });
  }
  await client.query('commit');
  client.release();
}

/** From the call that publishes to the callback that consumes, at a low rate, without a database. */
export async function latencyByHand(settings: ServerSettings): Promise<Measurement> {
  const [publishing, consuming] = [await connectTo(settings), await connectTo(settings)];
  const channel = await publishing.createConfirmChannel();
  await declareSink(channel);
  const consumer = await consuming.createChannel();
  await consumer.prefetch(PREFETCH);
  const sentAt = new Map<string, number>();
  const took: number[] = [];
  await consumer.consume(QUEUE, (message) => {
    if (message === null) return;
    const sent = sentAt.get(String(message.properties.messageId));
    if (sent !== undefined) took.push(performance.now() - sent);
    consumer.ack(message);
  });
  for (let n = 0; n < settings.messages; n += 1) {
    const id = randomUUID();
    sentAt.set(id, performance.now());
    channel.publish(EVENTS, TYPE, CONTENT, { ...properties(n), messageId: id });
    await new Promise((resolve) => setTimeout(resolve, 1000 / PER_SECOND));
  }
  await channel.waitForConfirms();
  while (took.length < settings.messages) await new Promise((resolve) => setTimeout(resolve, 10));
  await Promise.all([publishing.close(), consuming.close()]);
  return percentiles(took);
}
