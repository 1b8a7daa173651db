import { Backoff, type Clock, type Logger } from '@tidings/core';
import type { Channel, ChannelModel } from 'amqplib';

import { TransportUnavailableError } from '../errors.ts';
import type { BrokerConnection } from './broker-connection.ts';
import { closeQuietly } from './close-quietly.ts';

export interface KeptChannelOptions<Kind extends Channel> {
  readonly connection: BrokerConnection;
  /** For the log, as `publishes`. */
  readonly purpose: string;
  readonly create: (model: ChannelModel) => Promise<Kind>;
  /** Makes a new channel ready, before anybody gets it. */
  readonly setUp: (channel: Kind) => Promise<void>;
  /** The channel can be used from now on. */
  readonly onReady?: (channel: Kind) => void;
  /** The channel is gone, and everything that was under way on it. */
  readonly onLost?: (channel: Kind) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A channel that lived this long was in order, so the next failure is a new one. In milliseconds. */
const SOUND_AFTER_MS = 5000;

/**
 * One channel for one purpose, opened anew and made ready again whenever it is lost, alone or with its
 * connection, until it is closed.
 */
export class KeptChannel<Kind extends Channel> {
  readonly #with: KeptChannelOptions<Kind>;
  readonly #closing = new AbortController();
  readonly #backoff = new Backoff();
  #channel: Kind | undefined;
  #running: Promise<void> | undefined;
  #ready: Promise<Kind>;
  #isReady!: (channel: Kind) => void;
  #isNotReady!: (error: unknown) => void;
  #lastError: unknown;

  constructor(options: KeptChannelOptions<Kind>) {
    this.#with = options;
    this.#ready = this.#expect();
  }

  /** The channel, if it is ready now. */
  get channel(): Kind | undefined {
    return this.#channel;
  }

  /**
   * Opens the channel, and resolves when it is ready for the first time.
   *
   * @throws whatever the first attempt failed of; it is opened again later all the same
   */
  open(): Promise<Kind> {
    this.#running ??= this.#run();
    return this.#ready;
  }

  /** The channel as soon as it is ready; `undefined` when that takes longer, or it is closed for good. */
  async readyWithin(milliseconds: number): Promise<Kind | undefined> {
    const late = this.#with.clock
      .sleep(milliseconds, this.#closing.signal)
      .then(() => 'late' as const);
    for (;;) {
      // An attempt that fails is followed by another.
      const ready = await Promise.race([this.#ready.catch(() => undefined), late]);
      if (ready === 'late') return undefined;
      if (ready !== undefined) return ready;
    }
  }

  /** Closes the channel; a new one is opened. */
  async reset(): Promise<void> {
    if (this.#channel !== undefined) await closeQuietly(this.#channel);
  }

  /** Closes it for good, also where the broker does not answer. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#fail(new TransportUnavailableError('the channel was closed by this process'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { connection, clock, logger, purpose, onReady, onLost } = this.#with;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const opened = performance.now();
      let channel: Kind | undefined;
      try {
        const model = await orAborted(connection.model(), signal);
        if (model === undefined) break;
        const { lost } = connection;
        const creating = this.#with.create(model);
        channel = await orAborted(creating, signal);
        if (channel === undefined) {
          creating.then(closeQuietly, () => {});
          break;
        }
        const closed = this.#watch(channel);
        // A broker may never answer, so closing waits for nothing of this.
        await orAborted(this.#with.setUp(channel), signal);
        if (!signal.aborted) {
          this.#channel = channel;
          this.#isReady(channel);
          onReady?.(channel);
          await orAborted(Promise.race([closed, lost]), signal);
        }
        if (signal.aborted) await closeQuietly(channel);
        if (performance.now() - opened > SOUND_AFTER_MS) this.#backoff.succeeded();
      } catch (error) {
        this.#lastError = error;
        this.#fail(error);
        if (channel !== undefined) await closeQuietly(channel);
      }
      if (this.#channel !== undefined) this.#ready = this.#expect();
      this.#channel = undefined;
      if (channel !== undefined) onLost?.(channel);
      if (signal.aborted) break;
      const error = this.#lastError;
      if (connection.isUp) logger.warn({ purpose, error }, 'a channel was lost and is opened anew');
      await clock.sleep(this.#backoff.next(), signal);
    }
  }

  #watch(channel: Kind): Promise<void> {
    channel.on('error', (error) => {
      this.#lastError = error;
    });
    channel.on('handler-error', (error, event) => {
      const { logger, purpose } = this.#with;
      logger.error({ purpose, error, event }, 'a listener of a channel failed');
    });
    return new Promise((resolve) => {
      channel.on('close', () => resolve());
    });
  }

  /** Whoever waits learns why, and whoever waits from now on waits for the next attempt. */
  #fail(error: unknown): void {
    const isNotReady = this.#isNotReady;
    this.#ready = this.#expect();
    isNotReady(error);
  }

  #expect(): Promise<Kind> {
    const ready = new Promise<Kind>((resolve, reject) => {
      this.#isReady = resolve;
      this.#isNotReady = reject;
    });
    // Nobody may wait for it.
    ready.catch(() => {});
    return ready;
  }
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const give = (): void => resolve(undefined);
    signal.addEventListener('abort', give, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}
