import { ProjectionMovedError } from '@tidings/core';
import type {
  Clock,
  DeadLetterToPark,
  Generation,
  GenerationPlan,
  GenerationRef,
  LeaseGrant,
  Position,
  ProjectionFailure,
  ProjectionProgress,
  ProjectionRecord,
  Projections,
} from '@tidings/core';

import { cleanText } from './clean-text.ts';
import type { InMemoryDeadLetters } from './in-memory-dead-letters.ts';
import type { InMemoryLeases } from './in-memory-leases.ts';
import type { InMemoryMessageLog } from './in-memory-message-log.ts';
import type { InMemoryRows } from './in-memory-rows.ts';
import {
  generationOf,
  recordOf,
  type GenerationEntry,
  type ProjectionEntry,
} from './projection-entry.ts';

export interface InMemoryProjectionsParts {
  readonly clock: Clock;
  readonly leases: InMemoryLeases;
  readonly log: InMemoryMessageLog;
  readonly rows: InMemoryRows;
  readonly deadLetters: InMemoryDeadLetters;
}

/** Projections and their generations. Every method is one step, so that nothing comes in between. */
export class InMemoryProjections implements Projections {
  readonly #with: InMemoryProjectionsParts;
  readonly #entries = new Map<string, ProjectionEntry>();

  constructor(parts: InMemoryProjectionsParts) {
    this.#with = parts;
  }

  async read(names: readonly string[]): Promise<readonly ProjectionRecord[]> {
    return names.flatMap((name) => {
      const entry = this.#entries.get(name);
      return entry === undefined ? [] : [recordOf(entry, this.#now)];
    });
  }

  async take(
    ref: GenerationRef,
    lease: LeaseGrant,
  ): Promise<{ readonly generation: Generation; readonly interrupted: boolean } | undefined> {
    const entry = this.#live(ref);
    if (entry === undefined || !this.#with.leases.isCurrent(lease)) return undefined;
    const interrupted = entry.takenUnder !== undefined;
    entry.takenUnder = nameOf(lease);
    entry.request = undefined;
    return { generation: generationOf(entry, this.#now), interrupted };
  }

  async leave(ref: GenerationRef, lease: LeaseGrant): Promise<void> {
    const entry = this.#live(ref);
    if (entry?.takenUnder === nameOf(lease)) entry.takenUnder = undefined;
  }

  async fail(ref: GenerationRef, failure: ProjectionFailure, lease: LeaseGrant): Promise<void> {
    const { projection } = ref;
    if (!this.#with.leases.isCurrent(lease)) throw new ProjectionMovedError(projection, 'fenced');
    const entry = this.#live(ref);
    if (entry === undefined) throw new ProjectionMovedError(projection, 'retired');
    if (entry.position >= failure.position) throw new ProjectionMovedError(projection, 'behind');
    const facts = { ...failure, error: cleanText(failure.error) };
    entry.failure = { facts, dueAt: this.#now + failure.dueIn };
  }

  async retry(projection: string): Promise<number> {
    const failing = this.#generationsOf(projection).filter(({ failure }) => failure !== undefined);
    for (const entry of failing) entry.failure = undefined;
    return failing.length;
  }

  async skip(ref: GenerationRef, position: number, letter: DeadLetterToPark): Promise<boolean> {
    const entry = this.#live(ref);
    const failure = entry?.failure?.facts;
    if (entry === undefined || failure?.blocked !== true || failure.position !== position) {
      return false;
    }
    entry.position = position;
    entry.failure = undefined;
    if (failure.messageId !== undefined) entry.skipped.add(failure.messageId);
    this.#with.deadLetters.keep(letter);
    return true;
  }

  async pause(projection: string, paused: boolean): Promise<void> {
    this.#entryOf(projection).paused = paused;
  }

  async request(ref: GenerationRef, owner: string, load: number): Promise<void> {
    const entry = this.#live(ref);
    if (entry !== undefined) entry.request = { owner, load, at: this.#now };
  }

  async applied(
    projection: string,
    messageIds: readonly string[],
  ): Promise<readonly { readonly messageId: string; readonly skipped: boolean }[]> {
    const active = this.active(projection);
    if (active === undefined) return [];
    const { mode, position, skipped } = active;
    return messageIds
      .filter((id) => {
        const place = this.#with.log.placeOf(id);
        return place !== undefined && (mode === 'inline' || place <= position);
      })
      .map((messageId) => ({ messageId, skipped: skipped.has(messageId) }));
  }

  async drop(ref: GenerationRef): Promise<boolean> {
    const entry = this.#entries.get(ref.projection);
    const generation = entry?.generations.find((one) => one.generation === ref.generation);
    if (entry === undefined || generation?.state !== 'retired') return false;
    entry.generations = entry.generations.filter((one) => one !== generation);
    this.#with.rows.drop(ref);
    return true;
  }

  /** What readers see. */
  active(projection: string): GenerationEntry | undefined {
    return this.#generationsOf(projection).find(({ state }) => state === 'active');
  }

  /** Its number, when a generation is to be begun. */
  numberOf({ projection, version, rebuild = false }: GenerationPlan): number | undefined {
    const entry = this.#entries.get(projection);
    const live = (entry?.generations ?? []).filter(({ state }) => state !== 'retired');
    const isInTheWay = live.some((one) =>
      one.state === 'building' || !rebuild ? one.version >= version : one.version > version,
    );
    return isInTheWay ? undefined : (entry?.lastGeneration ?? 0) + 1;
  }

  /** Begins a generation. Called under the projection's lock, which {@link numberOf} was called under. */
  begin({ projection, version, mode }: GenerationPlan, generation: number): void {
    const entry = this.#entryOf(projection);
    for (const one of entry.generations) if (one.state === 'building') this.#retire(one);
    entry.lastGeneration = generation;
    entry.generations.push({
      projection,
      generation,
      version,
      mode,
      startedAt: new Date(this.#with.clock.now()).toISOString(),
      state: 'building',
      position: 0,
      events: 0,
      workedMs: 0,
      retiredAt: undefined,
      failure: undefined,
      request: undefined,
      takenUnder: undefined,
      skipped: new Set(),
    });
  }

  /** @throws ProjectionMovedError when the lease has moved on, or it is not being built any more */
  assertBuilding(ref: GenerationRef, lease: LeaseGrant | undefined): void {
    const { projection } = ref;
    if (lease !== undefined && !this.#with.leases.isCurrent(lease)) {
      throw new ProjectionMovedError(projection, 'fenced');
    }
    if (this.#live(ref)?.state !== 'building')
      throw new ProjectionMovedError(projection, 'retired');
  }

  /** Whether readers would see nothing older, if they saw this generation when it is at `position`. */
  isAsFar(ref: GenerationRef, position: Position): boolean {
    const active = this.active(ref.projection);
    return active === undefined || active.mode === 'inline' || position >= active.position;
  }

  activate(ref: GenerationRef): void {
    const entry = this.#live(ref);
    const before = this.active(ref.projection);
    if (before !== undefined) this.#retire(before);
    if (entry !== undefined) {
      entry.state = 'active';
      entry.failure = undefined;
    }
    this.#with.rows.show(ref);
  }

  /** @throws ProjectionMovedError unless the generation is where the unit took it to be */
  check({ generation, from, to, lease }: ProjectionProgress, head: number): void {
    const { projection } = generation;
    const entry = this.#live(generation);
    if (!this.#with.leases.isCurrent(lease)) throw new ProjectionMovedError(projection, 'fenced');
    if (entry === undefined || (entry.state === 'active' && entry.mode === 'inline')) {
      throw new ProjectionMovedError(projection, 'retired');
    }
    if (this.#entryOf(projection).paused) throw new ProjectionMovedError(projection, 'paused');
    if (entry.position > from) throw new ProjectionMovedError(projection, 'behind');
    if (entry.position < from) throw new ProjectionMovedError(projection, 'elsewhere');
    if (to > head) throw new ProjectionMovedError(projection, 'ahead');
  }

  moveOn({ generation, to, events, workedMs }: ProjectionProgress): void {
    const entry = this.#live(generation);
    if (entry === undefined) return;
    entry.position = to;
    entry.events += events;
    entry.workedMs += workedMs;
    entry.failure = undefined;
  }

  get #now(): number {
    return this.#with.clock.monotonic();
  }

  #retire(entry: GenerationEntry): void {
    entry.state = 'retired';
    entry.retiredAt = this.#now;
    entry.failure = undefined;
  }

  #live({ projection, generation }: GenerationRef): GenerationEntry | undefined {
    return this.#generationsOf(projection).find(
      (one) => one.generation === generation && one.state !== 'retired',
    );
  }

  #generationsOf(projection: string): readonly GenerationEntry[] {
    return this.#entries.get(projection)?.generations ?? [];
  }

  #entryOf(name: string): ProjectionEntry {
    const entry = this.#entries.get(name) ?? {
      name,
      paused: false,
      lastGeneration: 0,
      generations: [],
    };
    this.#entries.set(name, entry);
    return entry;
  }
}

function nameOf({ owner, epoch }: LeaseGrant): string {
  return `${owner} ${epoch}`;
}
