import { Backoff, type Clock, type Logger } from '@tidings/core';
import { connect, type ChannelModel } from 'amqplib';

import { TransportUnavailableError } from '../errors.ts';
import type { Settings } from '../options.ts';
import { closeQuietly } from './close-quietly.ts';

export interface BrokerConnectionOptions {
  readonly settings: Settings;
  /** Shown by the broker. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the broker answers to a wrong user or password: waiting does not cure it. */
const REFUSED = /ACCESS[_-]REFUSED/i;

/** All that the driver tells when the broker does not open the virtual host. */
const NOT_OPENED = /Expected ConnectionOpenOk/;

/** A broker that is starting may not have opened its virtual hosts yet, so this is tried again so often. */
const OPENING_ATTEMPTS = 4;

/**
 * One connection to the broker that is made anew whenever it is lost, until it is closed. Losing it is
 * told by `close`, which comes in every case; `error` comes only in some (pitfalls N17, N18).
 */
export class BrokerConnection {
  readonly #with: BrokerConnectionOptions;
  readonly #closing = new AbortController();
  readonly #backoff = new Backoff();
  #model: ChannelModel | undefined;
  #blocked: string | undefined;
  #lastError: unknown;
  #lost: Promise<void> = Promise.resolve();
  #lose: () => void = () => {};
  #waiting: { resolve: (model: ChannelModel) => void; reject: (error: unknown) => void }[] = [];
  #running: Promise<void> | undefined;
  #attempts = 0;
  #everUp = false;

  constructor(options: BrokerConnectionOptions) {
    this.#with = options;
  }

  /** Why the broker takes no messages now, where it says so: short of memory or disk. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  get isUp(): boolean {
    return this.#model !== undefined;
  }

  /** What the last attempt failed of, or the connection was lost by. */
  get lastError(): string {
    const error = this.#lastError;
    return error instanceof Error && error.message !== '' ? error.message : 'it does not answer';
  }

  /** Resolves when the connection that {@link model} gave last is lost. */
  get lost(): Promise<void> {
    return this.#lost;
  }

  open(): void {
    this.#running ??= this.#run();
  }

  /**
   * The connection, as soon as there is one.
   *
   * @throws {@link TransportUnavailableError} when it is closed, or, before it was ever up, when the
   * broker refuses it
   */
  model(): Promise<ChannelModel> {
    if (this.#model !== undefined) return Promise.resolve(this.#model);
    if (this.#closing.signal.aborted) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** Drops the connection as if it had been lost: a new one is made. */
  async reset(why: string): Promise<void> {
    const model = this.#model;
    if (model === undefined) return;
    this.#with.logger.warn({ connection: this.#with.name, why }, 'a connection is made anew');
    await closeOrCut(model);
    if (this.#model === model) this.#lose();
  }

  /** Closes it for good. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { reject } of this.#waiting.splice(0)) reject(closed());
    if (this.#model !== undefined) {
      await closeOrCut(this.#model);
      this.#lose();
    }
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const model = await this.#connect();
      if (model !== undefined) await this.#use(model);
      if (!signal.aborted) await this.#with.clock.sleep(this.#backoff.next(), signal);
    }
  }

  async #connect(): Promise<ChannelModel | undefined> {
    const { settings, name, logger } = this.#with;
    const url = settings.urls[this.#attempts % settings.urls.length] as string;
    this.#attempts += 1;
    try {
      return await connect(withHeartbeat(url, settings.heartbeatSeconds), {
        ...settings.tls,
        noDelay: true,
        keepAlive: true,
        timeout: settings.connectTimeoutMs,
        clientProperties: { connection_name: name },
      });
    } catch (error) {
      this.#lastError = spelledOut(error);
      logger.warn({ connection: name, error: this.lastError }, 'the broker could not be reached');
      const isFinal =
        REFUSED.test(this.lastError) ||
        (this.#lastError instanceof VirtualHostError && this.#attempts >= OPENING_ATTEMPTS);
      if (!this.#everUp && isFinal) {
        const refused = new TransportUnavailableError(this.lastError, { cause: error });
        for (const { reject } of this.#waiting.splice(0)) reject(refused);
      }
      return undefined;
    }
  }

  /** Resolves when the connection is lost or closed. */
  async #use(model: ChannelModel): Promise<void> {
    const { name, logger } = this.#with;
    this.#lost = new Promise<void>((resolve) => {
      this.#lose = resolve;
    });
    const lose = this.#lose;
    model.on('close', (error?: Error) => {
      this.#lastError = error ?? this.#lastError;
      lose();
    });
    model.on('error', (error) => {
      this.#lastError = error;
    });
    model.on('handler-error', (error, event) => {
      logger.error({ connection: name, error, event }, 'a listener of a connection failed');
    });
    model.on('blocked', (reason) => {
      this.#blocked = reason;
      logger.warn({ connection: name, reason }, 'the broker takes no messages');
    });
    model.on('unblocked', () => {
      this.#blocked = undefined;
      logger.info({ connection: name }, 'the broker takes messages again');
    });
    if (this.#closing.signal.aborted) {
      await closeOrCut(model);
      return;
    }
    this.#everUp = true;
    this.#model = model;
    this.#backoff.succeeded();
    logger.debug({ connection: name }, 'connected to the broker');
    for (const { resolve } of this.#waiting.splice(0)) resolve(model);
    await this.#lost;
    this.#model = undefined;
    this.#blocked = undefined;
    if (!this.#closing.signal.aborted) {
      logger.warn(
        { connection: name, error: this.lastError },
        'a connection to the broker was lost',
      );
    }
  }
}

class VirtualHostError extends Error {
  override readonly name = 'VirtualHostError';
}

function spelledOut(error: unknown): unknown {
  return error instanceof Error && NOT_OPENED.test(error.message)
    ? new VirtualHostError('there is no such virtual host, or the user may not use it', {
        cause: error,
      })
    : error;
}

/** A broker that does not answer is cut off. */
function closeOrCut(model: ChannelModel): Promise<void> {
  return closeQuietly(model, () =>
    streamOf(model)?.destroy(new Error('The broker did not say goodbye.')),
  );
}

/** The socket is not public in amqplib; without it a connection that hangs could not be cut. */
function streamOf(model: ChannelModel): { destroy(error: Error): void } | undefined {
  return (model.connection as { stream?: { destroy(error: Error): void } }).stream;
}

function withHeartbeat(url: string, seconds: number): string {
  const address = new URL(url);
  if (!address.searchParams.has('heartbeat'))
    address.searchParams.set('heartbeat', String(seconds));
  return address.href;
}

function closed(): TransportUnavailableError {
  return new TransportUnavailableError('the connection was closed by this process');
}
