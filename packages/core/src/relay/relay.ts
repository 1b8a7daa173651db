import { CheckpointAheadError } from '../errors/store-errors.ts';
import { PublishError } from '../errors/transport-errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { Logger } from '../ports/logger.ts';
import type { LoggedMessage, Position } from '../ports/message-log.ts';
import type { Persistence } from '../ports/persistence.ts';
import type { Transport } from '../ports/transport.ts';
import { Backoff } from '../time/backoff.ts';
import { WakeSignal } from '../time/wake-signal.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { PublicationWindow } from './publication-window.ts';

/** Name of the relay's lease, of its checkpoint, and of the "subscription" of its dead letters. */
export const RELAY = 'relay';

export interface RelayOptions {
  /** How many messages are read and published at once. Default 500. */
  readonly batchSize?: number;
  /**
   * How often, in milliseconds, the log is looked at when nobody wakes the relay: the latency of
   * messages committed by other processes. Default 100.
   */
  readonly pollMs?: number;
  /** How long, in milliseconds, the relay of a process that died is waited for. Default 10 000. */
  readonly leaseMs?: number;
  /** The checkpoint is written at most this often, in milliseconds. Default 200. */
  readonly checkpointMs?: number;
}

export interface RelayDependencies {
  readonly persistence: Persistence;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  /** Called whenever messages got their positions. */
  readonly onSequenced: () => void;
}

const BACKOFF = { firstMs: 100, longestMs: 5000 } as const;
const NOTHING: readonly LoggedMessage[] = Object.freeze([]);

/**
 * Moves committed messages to the transport, in log order. Any number of processes may run one; the
 * holder of the lease works. Its checkpoint moves only over what the transport has taken, so that a
 * crash anywhere makes some messages be published again, with the same ids, and none be lost.
 *
 * Pattern: transactional outbox with a polling publisher (*Microservices Patterns*, Richardson, ch. 3).
 */
export class Relay {
  readonly #with: RelayDependencies;
  readonly #options: Required<RelayOptions>;
  readonly #owner: string;
  readonly #wake: WakeSignal;
  #running: Promise<void> | undefined;
  #stopped = new AbortController();
  #isIdle = false;
  #pokes = 0;
  #deadline: AbortSignal | undefined;

  constructor(dependencies: RelayDependencies, options: RelayOptions = {}) {
    this.#with = dependencies;
    this.#options = { batchSize: 500, pollMs: 100, leaseMs: 10_000, checkpointMs: 200, ...options };
    this.#owner = dependencies.ids.next();
    this.#wake = new WakeSignal(dependencies.clock);
  }

  start(): void {
    this.#stopped = new AbortController();
    this.#running ??= this.#run();
  }

  /** Something was committed: do not wait for the next poll. */
  poke(): void {
    this.#pokes += 1;
    this.#isIdle = false;
    this.#wake.wake();
  }

  /** Whether, since it was last poked, it found nothing to do and nothing on the way. */
  get isIdle(): boolean {
    return this.#isIdle;
  }

  /** Stops reading, waits for what is on the way to a durable transport until `deadline` aborts, and gives up the lease. */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#stopped.abort();
    this.#wake.wake();
    deadline.addEventListener('abort', () => this.#wake.wake(), { once: true });
    this.#deadline = deadline;
    await this.#running;
    this.#running = undefined;
  }

  async #run(): Promise<void> {
    const { persistence, clock, logger } = this.#with;
    const backoff = new Backoff(BACKOFF);
    while (!this.#stopped.signal.aborted) {
      let keeper: LeaseKeeper | undefined;
      try {
        keeper = await LeaseKeeper.acquire(
          persistence.leases,
          clock,
          RELAY,
          this.#owner,
          this.#options.leaseMs,
        );
        if (keeper === undefined)
          await clock.sleep(this.#options.leaseMs / 3, this.#stopped.signal);
        else await this.#lead(keeper);
        backoff.succeeded();
      } catch (error) {
        logger.warn({ error }, 'the relay was interrupted and starts again');
        await clock.sleep(backoff.next(), this.#stopped.signal);
      } finally {
        await keeper?.release().catch((error: unknown) => {
          logger.warn({ error }, 'the lease of the relay could not be given up; it will expire');
        });
      }
    }
  }

  /** Works as long as the lease is held; returns when it has moved on or the relay stops. */
  async #lead(keeper: LeaseKeeper): Promise<void> {
    const { persistence, transport, clock } = this.#with;
    const { batchSize, pollMs } = this.#options;
    const start = await persistence.checkpoints.read(RELAY);
    // What has a position now may have been published by whoever had the lease before.
    const known = await persistence.log.head();
    const window = new PublicationWindow(transport.capabilities.publishWindow, start);
    const failure: { error?: Error } = {};
    let read = start;
    let head = known;
    let checkpointed = { position: start, at: -Infinity };
    while (keeper.isHeld && failure.error === undefined) {
      if (this.#stopped.signal.aborted) break;
      const pokes = this.#pokes;
      // What has positions is read while what follows gets them: each waits for the store.
      const [sequenced, early] = await Promise.all([
        persistence.log.sequence(keeper.grant, batchSize),
        read < head ? this.#read(read, window) : NOTHING,
      ]);
      head += sequenced;
      if (sequenced > 0) this.#with.onSequenced();
      const messages = early.length === 0 && read < head ? await this.#read(read, window) : early;
      // Meanwhile something before it may have failed, or the lease may have been lost: it would overtake.
      if (failure.error !== undefined || !keeper.isHeld) break;
      if (messages.length > 0) {
        read = messages.at(-1)?.position ?? read;
        this.#isIdle = false;
        this.#publish(messages, known, window, failure);
      }
      if (
        window.position > checkpointed.position &&
        clock.monotonic() - checkpointed.at >= this.#options.checkpointMs
      ) {
        checkpointed = { position: window.position, at: clock.monotonic() };
        await this.#checkpoint(keeper, window.position);
      }
      const isBusy = messages.length > 0 && window.room > 0;
      this.#isIdle = window.isEmpty && read === head && pokes === this.#pokes;
      if (!isBusy) {
        await this.#wake.sleep(pollMs);
      }
    }
    await this.#drain(window);
    if (window.position > checkpointed.position) await this.#checkpoint(keeper, window.position);
    if (failure.error !== undefined) throw failure.error;
  }

  async #read(after: Position, { room }: PublicationWindow): Promise<readonly LoggedMessage[]> {
    const limit = Math.min(this.#options.batchSize, room);
    return limit > 0 ? this.#with.persistence.log.read(after, limit) : NOTHING;
  }

  #publish(
    messages: readonly LoggedMessage[],
    known: Position,
    window: PublicationWindow,
    failure: { error?: Error },
  ): void {
    const taken = window.add(messages);
    const outgoing = messages.map(({ envelope, position }) => ({
      envelope,
      republished: position <= known,
    }));
    this.#with.transport
      .publish(outgoing)
      .catch((error: unknown) => this.#park(error, messages))
      .then(taken, (error: unknown) => {
        // What follows in the log must not overtake: the relay starts again from its checkpoint.
        failure.error ??= error instanceof Error ? error : new Error(String(error));
        window.fail();
      })
      .finally(() => this.#wake.wake());
  }

  /** Messages that nobody can ever take become dead letters; for any other failure the error is thrown on. */
  async #park(error: unknown, messages: readonly LoggedMessage[]): Promise<void> {
    if (!(PublishError.is(error, 'TIDINGS_PUBLISH_FAILED') && error instanceof PublishError))
      throw error;
    if (error.failures.some(({ kind }) => kind === 'unconfirmed')) throw error;
    const { persistence, ids, logger } = this.#with;
    for (const { messageId, kind, why } of error.failures) {
      const envelope = messages.find(({ envelope: { id } }) => id === messageId)?.envelope;
      if (envelope === undefined) throw error;
      await persistence.deadLetters.park({
        id: ids.next(),
        subscription: RELAY,
        reason: kind,
        error: why,
        attempts: 1,
        envelope,
        block: false,
      });
      logger.error(
        { messageId, type: envelope.type, reason: kind, why },
        'a message cannot be published and became a dead letter',
      );
    }
  }

  async #checkpoint(keeper: LeaseKeeper, position: Position): Promise<void> {
    const result = await this.#with.persistence.checkpoints.advance(RELAY, position, keeper.grant);
    if (result === 'fenced') keeper.lose();
    if (result === 'ahead') throw new CheckpointAheadError(RELAY, position);
  }

  async #drain(window: PublicationWindow): Promise<void> {
    // A transport that dies with this process is published to anew after the next start.
    if (!this.#with.transport.capabilities.durable) return;
    while (!window.isEmpty && !window.hasFailed && this.#deadline?.aborted !== true) {
      await this.#wake.sleep(this.#options.pollMs);
    }
  }
}
