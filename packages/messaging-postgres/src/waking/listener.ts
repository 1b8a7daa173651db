import { Backoff, type Clock, type Logger } from '@tidings/core';

import type { Database, Listening } from '../database/database.ts';
import { TransportUnavailableError } from '../errors.ts';
import type { Schema } from '../schema/schema.ts';

/** How often it is looked whether anything would be heard, in milliseconds, and how long the answer may take. */
const CHECK = { everyMs: 5000, withinMs: 5000 };

export interface ListenerOptions {
  readonly database: Database;
  readonly schema: Schema;
  /** A channel of this process alone. */
  readonly own: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** News for all. */
  readonly onNews: (payload: string) => void;
  /** Something on the channel of this process. */
  readonly onOwn: () => void;
  /** It listens from now on; what was told before was not heard. */
  readonly onListening: () => void;
}

/**
 * Listens on a connection of its own, which is made anew when it is lost. It tells itself something from time
 * to time: a connection that died silently, or one of a pooler that gave the server's to somebody else, would
 * be as quiet as one on which nothing happens.
 */
export class Listener {
  readonly #with: ListenerOptions;
  readonly #closed = new AbortController();
  #running: Promise<void> | undefined;
  #isListening = false;

  constructor(options: ListenerOptions) {
    this.#with = options;
  }

  /** Whether what is told is heard. */
  get isListening(): boolean {
    return this.#isListening;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#with;
    const { signal } = this.#closed;
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        await this.#listen(() => backoff.succeeded());
      } catch (error) {
        if (!signal.aborted)
          logger.warn({ error }, 'nobody listens for news; messages are looked for instead');
      }
      this.#isListening = false;
      await clock.sleep(backoff.next(), signal);
    }
  }

  /** Listens until it is closed; rejects when nothing would be heard any more. */
  async #listen(succeeded: () => void): Promise<void> {
    const { database, schema, own, clock, onNews, onOwn, onListening } = this.#with;
    const ended = new AbortController();
    // Whatever it still waits for is not waited for any more.
    const close = (): void => {
      ended.abort();
      void connection?.close();
    };
    this.#closed.signal.addEventListener('abort', close, { once: true });
    let heard: (() => void) | undefined;
    let connection: Listening | undefined;
    connection = await database.listen({
      channels: [schema.name, own],
      hear: (channel, payload) => {
        heard?.();
        if (channel === own) onOwn();
        else onNews(payload);
      },
      deaf: (why) => ended.abort(why),
    });
    try {
      while (!ended.signal.aborted) {
        const isHeard = new Promise<boolean>((resolve) => {
          heard = () => resolve(true);
        });
        await connection.run(schema.call('tell', own, ''));
        const isLate = clock.sleep(CHECK.withinMs, ended.signal).then(() => false);
        if (!(await Promise.race([isHeard, isLate]))) break;
        if (!this.#isListening) {
          this.#isListening = true;
          succeeded();
          onListening();
        }
        await clock.sleep(CHECK.everyMs, ended.signal);
      }
      if (!this.#closed.signal.aborted) {
        throw new TransportUnavailableError(
          'a connection that listens was lost, or heard nothing',
          {
            cause: ended.signal.reason,
          },
        );
      }
    } finally {
      this.#closed.signal.removeEventListener('abort', close);
      await connection.close();
    }
  }
}
