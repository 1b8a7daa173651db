import type { RunnableProjection } from '../composition/runnable-projection.ts';
import { ProjectionMovedError } from '../errors/projection-errors.ts';
import type { GenerationRef, WorkRequest } from '../ports/projections.ts';
import { LeaseKeeper } from '../relay/lease-keeper.ts';
import { Backoff } from '../time/backoff.ts';
import { WakeSignal } from '../time/wake-signal.ts';
import {
  GenerationReader,
  type GenerationReaderParts,
  type ReadingEnd,
} from './generation-reader.ts';

export interface GenerationWorkerParts extends GenerationReaderParts {
  /** Who this process is. */
  readonly owner: string;
  /** How long, in milliseconds, the worker of a process that died is waited for. */
  readonly leaseMs: number;
  /** On how many generations this process works. */
  readonly load: () => number;
}

const BACKOFF = { firstMs: 100, longestMs: 5000 } as const;
/** What this build cannot read, another one may. */
const UNFIT_MS = 5000;

/**
 * Works on one generation whenever no other process does. Any number of processes may have one: the
 * holder of the generation's lease works, the others wait for it.
 */
export class GenerationWorker {
  readonly #with: GenerationWorkerParts;
  readonly #projection: RunnableProjection;
  readonly #ref: GenerationRef;
  readonly #leaseOwner: string;
  readonly #wake: WakeSignal;
  readonly #stopped = new AbortController();
  #handOver = new AbortController();
  #leads = false;
  #running: Promise<void> | undefined;

  /** @param leaseOwner unique among all workers */
  constructor(
    parts: GenerationWorkerParts,
    projection: RunnableProjection,
    ref: GenerationRef,
    leaseOwner: string,
  ) {
    const { name: projectionName } = projection;
    this.#with = { ...parts, logger: parts.logger.child({ projection: projectionName }) };
    this.#projection = projection;
    this.#leaseOwner = leaseOwner;
    this.#ref = { projection: ref.projection, generation: ref.generation };
    this.#wake = new WakeSignal(parts.clock);
  }

  /** Whether it has the lease. */
  get leads(): boolean {
    return this.#leads;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** There may be something to do. */
  poke(): void {
    this.#wake.wake();
  }

  /** Lets the batch that is under way end, and gives up the lease. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake.wake();
    await this.#running;
  }

  /** Leaves the work to a process that asks for it and has less to do. */
  considerRequest({ owner, load, ageMs }: WorkRequest): void {
    const isFresh = ageMs < this.#with.leaseMs;
    const isFairer = load + 1 < this.#with.load();
    if (!this.#leads || !isFresh || !isFairer || owner === this.#with.owner) return;
    this.#handOver.abort();
    this.#wake.wake();
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#with;
    const backoff = new Backoff(BACKOFF);
    while (!this.#stopped.signal.aborted) {
      let pause = 0;
      try {
        pause = await this.#turn();
        backoff.succeeded();
      } catch (error) {
        // Whoever has moved it on does the work, or an operator has paused it.
        const isMoved = error instanceof ProjectionMovedError;
        pause = backoff.next();
        const facts = { error, milliseconds: pause };
        if (!isMoved) logger.warn(facts, 'a projection was interrupted and goes on soon');
      }
      if (pause > 0) await clock.sleep(pause, this.#stopped.signal);
    }
  }

  /** Works for as long as it can. Returns for how long to do nothing then, in milliseconds. */
  async #turn(): Promise<number> {
    const { persistence, clock, owner, leaseMs, projections } = this.#with;
    const { projection, generation } = this.#ref;
    const name = `projection ${projection} ${generation}`;
    const { leases } = persistence;
    const keeper = await LeaseKeeper.acquire(leases, clock, name, this.#leaseOwner, leaseMs);
    if (keeper === undefined) {
      await projections.request(this.#ref, owner, this.#with.load());
      return leaseMs / 3;
    }
    this.#leads = true;
    this.#handOver = new AbortController();
    try {
      const ending = AbortSignal.any([this.#stopped.signal, this.#handOver.signal]);
      const work = { keeper, wake: this.#wake, ending };
      const end = await GenerationReader.run(this.#with, this.#projection, this.#ref, work);
      return this.#pauseAfter(end);
    } finally {
      this.#leads = false;
      await this.#release(keeper);
    }
  }

  #pauseAfter(end: ReadingEnd): number {
    if (end === 'unfit') return UNFIT_MS;
    if (end === 'over') return this.#with.leaseMs;
    // Whoever asked for it takes the lease meanwhile.
    return this.#handOver.signal.aborted ? this.#with.leaseMs : 0;
  }

  async #release(keeper: LeaseKeeper): Promise<void> {
    try {
      await keeper.release();
    } catch (error) {
      this.#with.logger.warn(
        { error },
        'the lease of a projection could not be given up; it will expire',
      );
    }
  }
}
