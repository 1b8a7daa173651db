import { PublishError, WaitTimeoutError } from '@tidings/core';
import type { Clock, Envelope, Logger, Reply, RequestOptions } from '@tidings/core';
import type { ConfirmChannel, ConsumeMessage, Message } from 'amqplib';

import type { BrokerConnection } from '../connection/broker-connection.ts';
import { KeptChannel } from '../connection/kept-channel.ts';
import { propertiesOf } from '../envelope/encode.ts';
import { TransportUnavailableError } from '../errors.ts';
import type { Topology } from '../topology/topology.ts';
import { decodeReply, encodeReply } from './reply-codec.ts';

/** The broker's own address for replies to the channel that asks; nothing is declared or kept for it. */
const DIRECT_REPLY_TO = 'amq.rabbitmq.reply-to';

/** What the broker makes of it on the way. A reply goes to such an address only, never to a queue that a stranger names. */
const REPLY_ADDRESS = /^amq\.rabbitmq\.reply-to\.[\w=+/-]+(?:\.[\w=+/-]+)*$/;

/** How long an answer may wait for a connection; it holds up one place of the consumer meanwhile. In milliseconds. */
const REPLY_WITHIN_MS = 5000;

interface PendingRequest {
  readonly channel: ConfirmChannel;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

export interface RequestChannelOptions {
  readonly connection: BrokerConnection;
  readonly topology: Topology;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sends requests and takes their replies, and sends replies to the requests of others. */
export class RequestChannel {
  readonly #with: RequestChannelOptions;
  readonly #kept: KeptChannel<ConfirmChannel>;
  readonly #pending = new Map<string, PendingRequest>();

  constructor(options: RequestChannelOptions) {
    this.#with = options;
    const { connection, clock, logger } = options;
    this.#kept = new KeptChannel<ConfirmChannel>({
      connection,
      clock,
      logger,
      purpose: 'requests',
      create: (model) => model.createConfirmChannel(),
      setUp: (channel) => this.#setUp(channel),
      onLost: (channel) => this.#lost(channel),
    });
  }

  async open(): Promise<void> {
    await this.#kept.open();
  }

  close(): Promise<void> {
    return this.#kept.close();
  }

  request(command: Envelope, { timeoutMs, signal }: RequestOptions): Promise<Reply> {
    const channel = this.#kept.channel;
    const { blocked, lastError } = this.#with.connection;
    if (channel === undefined) return Promise.reject(unsent(command, lastError));
    // A broker that takes nothing would leave it in the driver, to be carried out when nobody waits any more.
    if (blocked !== undefined) return Promise.reject(unsent(command, blocked));
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#pending.delete(command.id);
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
      };
      const fail = (error: unknown): void => {
        end();
        reject(error);
      };
      const giveUp = (): void => fail(signal?.reason);
      const timer = setTimeout(() => fail(noReply(command, timeoutMs)), timeoutMs);
      signal?.addEventListener('abort', giveUp, { once: true });
      const pending: PendingRequest = {
        channel,
        resolve: (reply) => {
          end();
          resolve(reply);
        },
        reject: fail,
      };
      this.#pending.set(command.id, pending);
      this.#send(channel, command, timeoutMs, pending);
    });
  }

  /** Answers a request, on the next channel where this one is lost; nothing happens where its sender has gone. */
  async reply(address: string, requestId: string, reply: Reply): Promise<void> {
    const { content, headers } = encodeReply(reply);
    try {
      const channel = await this.#kept.readyWithin(REPLY_WITHIN_MS);
      if (channel === undefined)
        throw new TransportUnavailableError(this.#with.connection.lastError);
      channel.publish('', address, content, {
        headers,
        contentType: 'application/json',
        correlationId: requestId,
        persistent: false,
      });
    } catch (error) {
      this.#with.logger.warn({ error, requestId }, 'a request could not be answered');
    }
  }

  #send(
    channel: ConfirmChannel,
    command: Envelope,
    timeoutMs: number,
    pending: PendingRequest,
  ): void {
    try {
      channel.publish(
        this.#with.topology.exchangeOf('command'),
        command.type,
        Buffer.from(command.body),
        {
          ...propertiesOf(command, false),
          // Nobody waits for it any longer than this.
          expiration: Math.ceil(timeoutMs),
          persistent: false,
          replyTo: DIRECT_REPLY_TO,
          correlationId: command.id,
        },
        (error) => {
          if (error !== null && error !== undefined) pending.reject(lostReply(command.id));
        },
      );
    } catch (error) {
      pending.reject(unsent(command, error instanceof Error ? error.message : String(error)));
    }
  }

  async #setUp(channel: ConfirmChannel): Promise<void> {
    channel.on('return', ({ properties, fields }: Message) => {
      const messageId = String(properties.messageId);
      const why = `no queue takes "${fields.routingKey}"`;
      const unroutable = new PublishError([{ messageId, kind: 'unroutable', why }]);
      this.#pending.get(messageId)?.reject(unroutable);
    });
    await channel.consume(DIRECT_REPLY_TO, (message) => this.#replied(message), { noAck: true });
  }

  #replied(message: ConsumeMessage | null): void {
    if (message === null) return;
    const pending = this.#pending.get(String(message.properties.correlationId));
    // A reply that comes too late has nobody to go to.
    pending?.resolve(decodeReply(message));
  }

  #lost(channel: ConfirmChannel): void {
    for (const [id, pending] of this.#pending) {
      if (pending.channel !== channel) continue;
      pending.reject(lostReply(id));
    }
  }
}

/** The address that a request wants its reply at, where it is one that replies may go to, and can be told apart there. */
export function replyAddress({ properties }: Message): string | undefined {
  const { replyTo, correlationId } = properties;
  const isRequest = typeof replyTo === 'string' && typeof correlationId === 'string';
  return isRequest && REPLY_ADDRESS.test(replyTo) ? replyTo : undefined;
}

function unsent({ id }: Envelope, why: string): PublishError {
  return new PublishError([{ messageId: id, kind: 'unconfirmed', why }]);
}

/** Whether the broker had it, and whether it was carried out, nobody can tell. */
function lostReply(id: string): WaitTimeoutError {
  return new WaitTimeoutError(`The reply to the request ${id}, whose connection was lost,`, 0);
}

function noReply({ type }: Envelope, timeoutMs: number): WaitTimeoutError {
  return new WaitTimeoutError(`The reply to ${type}`, timeoutMs, { type });
}
