import { MissingChangesError, type RecordedEvent } from '@tidings/core';
import type { Aggregate } from '@tidings/domain';

import type { Changes } from './write.ts';

interface Tracked {
  readonly aggregate: Aggregate;
  readonly changes: () => Changes | undefined;
}

/** What is to be saved of one aggregate. */
export interface DirtyAggregate {
  readonly aggregate: Aggregate;
  readonly changes: Changes;
}

/** A point to which tracking can go back. */
export interface TrackingMark {
  readonly tracked: number;
  readonly events: readonly number[];
}

/** The aggregates of one unit of work, in the order in which they were tracked. */
export class TrackedAggregates {
  #tracked: Tracked[] = [];
  readonly #identities = new Map<string, Map<string, Aggregate>>();

  track(aggregate: Aggregate, changes: () => Changes | undefined): void {
    this.#tracked.push({ aggregate, changes });
  }

  untrack(aggregate: Aggregate): void {
    this.#tracked = this.#tracked.filter((tracked) => tracked.aggregate !== aggregate);
  }

  /** The aggregates of one kind that the unit knows, by id. */
  identities(kind: string): Map<string, Aggregate> {
    let known = this.#identities.get(kind);
    if (known === undefined) {
      known = new Map();
      this.#identities.set(kind, known);
    }
    return known;
  }

  recorded(): readonly RecordedEvent[] {
    const recorded: RecordedEvent[] = [];
    for (const { aggregate } of this.#tracked) {
      const aggregateVersion = aggregate.version + 1;
      for (const event of aggregate.recordedEvents) {
        recorded.push({ event, aggregateId: aggregate.id, aggregateVersion });
      }
    }
    return recorded;
  }

  /** Asks every aggregate for its changes, once. */
  dirty(): readonly DirtyAggregate[] {
    const dirty: DirtyAggregate[] = [];
    for (const { aggregate, changes } of this.#tracked) {
      const found = changes();
      if (found !== undefined) {
        dirty.push({ aggregate, changes: found });
      } else if (aggregate.recordedEvents.length > 0) {
        throw new MissingChangesError(aggregate.constructor.name);
      }
    }
    return dirty;
  }

  mark(): TrackingMark {
    return {
      tracked: this.#tracked.length,
      events: this.#tracked.map(({ aggregate }) => aggregate.recordedEvents.length),
    };
  }

  /** Forgets the aggregates tracked since `mark`, and the events that the others recorded since. */
  rollBackTo(mark: TrackingMark): void {
    const forgotten = new Set(this.#tracked.slice(mark.tracked).map(({ aggregate }) => aggregate));
    this.#tracked = this.#tracked.slice(0, mark.tracked);
    for (const [index, { aggregate }] of this.#tracked.entries()) {
      aggregate.forgetEventsAfter(mark.events[index] ?? 0);
    }
    for (const known of this.#identities.values()) {
      for (const [id, aggregate] of known) {
        if (forgotten.has(aggregate)) known.delete(id);
      }
    }
  }

  clear(): void {
    this.#tracked = [];
    this.#identities.clear();
  }
}
