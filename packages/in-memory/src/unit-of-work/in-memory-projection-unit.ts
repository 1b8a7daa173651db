import { ProjectionMovedError } from '@tidings/core';
import type {
  Envelope,
  Generation,
  GenerationPlan,
  GenerationRef,
  LeaseGrant,
  ProjectionProgress,
  ProjectionUnit,
} from '@tidings/core';

import type { InMemoryStore } from '../store/in-memory-store.ts';

/** What the unit does for the projections of its store, and what it needs of the unit. */
export interface ProjectionUnitOwner {
  readonly store: InMemoryStore;
  /** Takes a lock that is held until the unit ends. */
  lock(operation: string, name: string): Promise<void> | undefined;
}

/** The changes of one unit of work to projections, made when it commits. */
export class InMemoryProjectionUnit implements ProjectionUnit {
  readonly #owner: ProjectionUnitOwner;
  #place: GenerationRef | undefined;
  #begun: { readonly plan: GenerationPlan; readonly ref: GenerationRef } | undefined;
  #activating: { readonly ref: GenerationRef; readonly lease: LeaseGrant | undefined } | undefined;

  constructor(owner: ProjectionUnitOwner) {
    this.#owner = owner;
  }

  /** Where a table is that the unit names now. */
  placeOf(table: string): string {
    const { rows } = this.#owner.store;
    return this.#place === undefined ? rows.placeOf(table) : rows.placeIn(this.#place, table);
  }

  async begin(plan: GenerationPlan): Promise<GenerationRef | undefined> {
    await this.#lock(plan.projection);
    const generation = this.#owner.store.projections.numberOf(plan);
    if (generation === undefined) return undefined;
    const ref = { projection: plan.projection, generation };
    this.#begun = { plan, ref };
    return ref;
  }

  async within<T>(generation: GenerationRef, work: () => Promise<T>): Promise<T> {
    const before = this.#place;
    this.#place = generation;
    try {
      return await work();
    } finally {
      this.#place = before;
    }
  }

  async active(
    projection: string,
  ): Promise<Pick<Generation, 'generation' | 'version' | 'mode'> | undefined> {
    await this.#lock(projection);
    return this.#owner.store.projections.active(projection);
  }

  async holdWriters(projection: string): Promise<void> {
    await this.#lock(projection);
  }

  async rest(
    ref: GenerationRef,
    types: readonly string[],
    limit: number,
  ): Promise<readonly Envelope[]> {
    const { projections, log } = this.#owner.store;
    const [record] = await projections.read([ref.projection]);
    const known = record?.generations.find(({ generation }) => generation === ref.generation);
    return log.all(types, known?.position ?? 0, limit);
  }

  async activate(ref: GenerationRef, lease?: LeaseGrant): Promise<'activated' | 'behind'> {
    await this.#lock(ref.projection);
    if (!this.#canActivate(ref, lease)) return 'behind';
    this.#activating = { ref, lease };
    return 'activated';
  }

  /** @throws ProjectionMovedError when something is not as the unit took it to be */
  check(progress: ProjectionProgress | undefined): void {
    const { projections, log } = this.#owner.store;
    if (progress !== undefined) projections.check(progress, log.sequenced);
    if (this.#activating === undefined) return;
    const { ref, lease } = this.#activating;
    // The generation that readers see may have been moved on since.
    if (!this.#canActivate(ref, lease)) throw new ProjectionMovedError(ref.projection, 'elsewhere');
  }

  /** Makes the changes, which have been checked. */
  apply(progress: ProjectionProgress | undefined): void {
    const { projections } = this.#owner.store;
    if (this.#begun !== undefined) {
      projections.begin(this.#begun.plan, this.#begun.ref.generation);
    }
    if (progress !== undefined) projections.moveOn(progress);
    if (this.#activating !== undefined) projections.activate(this.#activating.ref);
  }

  #canActivate(ref: GenerationRef, lease: LeaseGrant | undefined): boolean {
    const isOwn = this.#begun?.ref.generation === ref.generation;
    // Nothing was applied to one that this unit begins: readers would see something older.
    if (isOwn) return (this.#owner.store.projections.active(ref.projection)?.position ?? 0) === 0;
    return this.#owner.store.projections.canActivate(ref, lease);
  }

  async #lock(projection: string): Promise<void> {
    await this.#owner.lock('work on a projection', `projection\n${projection}`);
  }
}
