import type {
  Generation,
  GenerationPlan,
  GenerationRef,
  LeaseGrant,
  Position,
  ProjectionProgress,
  ProjectionUnit,
  RestOfLog,
  RestRequest,
} from '@tidings/core';

import type { InMemoryStore } from '../store/in-memory-store.ts';

/** A generation that is to become what readers see. */
interface Activation {
  readonly ref: GenerationRef;
  readonly position: Position;
  readonly lease: LeaseGrant | undefined;
}

/** What the unit does for the projections of its store, and what it needs of the unit. */
export interface ProjectionUnitOwner {
  readonly store: InMemoryStore;
  /** Takes a lock that is held until the unit ends: at once (`undefined`), or when the promise resolves. */
  lock(operation: string, name: string): Promise<void> | undefined;
}

/** The changes of one unit of work to projections, made when it commits. */
export class InMemoryProjectionUnit implements ProjectionUnit {
  readonly #owner: ProjectionUnitOwner;
  #place: GenerationRef | undefined;
  #begun: { readonly plan: GenerationPlan; readonly ref: GenerationRef } | undefined;
  #activating: Activation | undefined;

  constructor(owner: ProjectionUnitOwner) {
    this.#owner = owner;
  }

  /** Where a table is that the unit names now. */
  placeOf(table: string): string {
    const { rows } = this.#owner.store;
    return this.#place === undefined ? rows.placeOf(table) : rows.placeIn(this.#place, table);
  }

  async begin(plan: GenerationPlan): Promise<GenerationRef | undefined> {
    await this.hold(plan.projection);
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
    await this.hold(projection);
    return this.#owner.store.projections.active(projection);
  }

  async hold(projection: string): Promise<void> {
    await this.#owner.lock('work on a projection', lockOf(projection));
  }

  async rest({ generation: ref, types, limit, unplaced }: RestRequest): Promise<RestOfLog> {
    const { projections, log } = this.#owner.store;
    const [record] = await projections.read([ref.projection]);
    const known = record?.generations.find(({ generation }) => generation === ref.generation);
    const end = unplaced ? undefined : log.sequenced;
    const messages = log.of(types, known?.position ?? 0, end).slice(0, limit);
    return { messages, upTo: log.sequenced };
  }

  async activate(
    ref: GenerationRef,
    position: Position,
    lease?: LeaseGrant,
  ): Promise<'activated' | 'behind'> {
    await this.hold(ref.projection);
    const activation = { ref, position, lease };
    this.#check(activation);
    if (!this.#owner.store.projections.isAsFar(ref, position)) return 'behind';
    this.#activating = activation;
    return 'activated';
  }

  /** For the commit: nobody else decides about the projection, or moves it on, before the unit ends. */
  holdFor({ generation: { projection } }: ProjectionProgress): Promise<void> | undefined {
    return this.#owner.lock('move a projection on', lockOf(projection));
  }

  /** @throws ProjectionMovedError when something is not as the unit took it to be */
  check(progress: ProjectionProgress | undefined): void {
    const { projections, log } = this.#owner.store;
    if (progress !== undefined) projections.check(progress, log.sequenced);
    if (this.#activating !== undefined) this.#check(this.#activating);
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

  #check({ ref, lease }: Activation): void {
    if (this.#begun?.ref.generation === ref.generation) return;
    this.#owner.store.projections.assertBuilding(ref, lease);
  }
}

function lockOf(projection: string): string {
  return `projection\n${projection}`;
}
