import type { RunnableProjection } from '../composition/runnable-projection.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { GenerationRef, ProjectionRecord } from '../ports/projections.ts';
import { WakeSignal } from '../time/wake-signal.ts';
import { beginGeneration } from './begin-generation.ts';
import { GenerationWorker, type GenerationWorkerParts } from './generation-worker.ts';
import { planOf } from './work-plan.ts';

export interface ProjectionOptions {
  /**
   * How often, in milliseconds, the log is looked at when nobody wakes the reader: the latency of events
   * that got their position by another process. Default 100.
   */
  readonly pollMs?: number;
  /** How long, in milliseconds, the reader of a process that died is waited for. Default 10 000. */
  readonly leaseMs?: number;
}

export interface ProjectionRuntimeParts extends Omit<
  GenerationWorkerParts,
  'owner' | 'load' | 'pollMs' | 'leaseMs'
> {
  readonly ids: IdGenerator;
  /** Those of the application. */
  readonly registered: readonly RunnableProjection[];
}

/** Another process may begin, pause or rebuild, and nobody tells. */
const LOOK_MS = 1000;

/** Keeps the projections of an application. Any number of processes may; each generation is kept by one of them. */
export class ProjectionRuntime {
  readonly #with: ProjectionRuntimeParts;
  readonly #parts: GenerationWorkerParts;
  readonly #wake: WakeSignal;
  readonly #workers = new Map<string, GenerationWorker>();
  #ending: Promise<void>[] = [];
  #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(parts: ProjectionRuntimeParts, options: ProjectionOptions = {}) {
    this.#with = parts;
    this.#parts = {
      ...parts,
      pollMs: options.pollMs ?? 100,
      leaseMs: options.leaseMs ?? 10_000,
      owner: parts.ids.next(),
      load: () => [...this.#workers.values()].filter(({ leads }) => leads).length,
    };
    this.#wake = new WakeSignal(parts.clock);
  }

  /** Sees to it that each projection has a read model of this version, or one that is to be built. */
  async prepare(): Promise<void> {
    for (const [projection, record] of await this.#look()) {
      if (planOf(projection, record).begin) await beginGeneration(this.#with, projection, false);
    }
  }

  start(): void {
    if (this.#with.registered.length === 0) return;
    this.#stopped = new AbortController();
    this.#running ??= this.#run();
  }

  /** Events got their positions. */
  poke(): void {
    for (const worker of this.#workers.values()) worker.poke();
  }

  /** Something was decided about a projection. */
  decided(): void {
    this.#wake.wake();
    this.poke();
  }

  /** Lets the batches that are under way end. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake.wake();
    await this.#running;
    this.#running = undefined;
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
    await Promise.all(this.#ending);
    this.#workers.clear();
    this.#ending = [];
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      await this.#arrangeAll();
      await this.#wake.sleep(LOOK_MS);
    }
  }

  async #arrangeAll(): Promise<void> {
    const { logger } = this.#with;
    try {
      for (const [projection, record] of await this.#look()) {
        await this.#arrange(projection, record).catch((error: unknown) => {
          const facts = { error, projection: projection.name };
          logger.warn(facts, 'a projection could not be looked after; tried again soon');
        });
      }
    } catch (error) {
      logger.warn({ error }, 'projections could not be looked after; tried again soon');
    }
  }

  async #look(): Promise<readonly (readonly [RunnableProjection, ProjectionRecord | undefined])[]> {
    const { registered, projections } = this.#with;
    if (registered.length === 0) return [];
    const records = await projections.read(registered.map(({ name }) => name));
    return registered.map((one) => [one, records.find(({ name }) => name === one.name)]);
  }

  async #arrange(
    projection: RunnableProjection,
    record: ProjectionRecord | undefined,
  ): Promise<void> {
    const { begin, work, drop } = planOf(projection, record);
    if (begin) {
      await beginGeneration(this.#with, projection, false);
      this.#wake.wake();
    }
    const wanted = new Set(work.map(keyOf));
    for (const [key, worker] of this.#workers) {
      if (!key.startsWith(prefixOf(projection.name)) || wanted.has(key)) continue;
      this.#workers.delete(key);
      // Its batch may take long; the others need not wait for that.
      this.#end(worker.stop());
    }
    for (const generation of work) {
      const known = this.#workers.get(keyOf(generation));
      if (generation.request !== undefined) known?.considerRequest(generation.request);
      if (known === undefined) this.#startWorker(projection, generation);
    }
    for (const generation of drop) await this.#with.projections.drop(generation);
  }

  #startWorker(projection: RunnableProjection, generation: GenerationRef): void {
    // One that still ends must not be taken for this one.
    const worker = new GenerationWorker(this.#parts, projection, generation, this.#with.ids.next());
    this.#workers.set(keyOf(generation), worker);
    worker.start();
  }

  #end(ending: Promise<void>): void {
    this.#ending.push(ending);
    void ending.finally(() => {
      this.#ending = this.#ending.filter((one) => one !== ending);
    });
  }
}

function prefixOf(projection: string): string {
  return `${projection} `;
}

function keyOf({ projection, generation }: GenerationRef): string {
  return `${prefixOf(projection)}${generation}`;
}
