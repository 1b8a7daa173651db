import type { Aggregate } from '@tidings/domain';

import type { AggregateMapping } from './aggregate-mapping.ts';
import { assertCopyable } from './assert-copyable.ts';
import { copyProperties, copyValue } from './copy-value.ts';

/** Takes and restores states of aggregates; a state shares nothing with any aggregate. */
export interface Snapshots<A extends Aggregate> {
  take(aggregate: A): unknown;
  restore(state: unknown, id: string, version: number): A;
}

/** Snapshots by the user's mapping. */
export function mappedSnapshots<A extends Aggregate, State>(
  mapping: AggregateMapping<A, State>,
): Snapshots<A> {
  return {
    take: (aggregate) => copyValue(mapping.toState(aggregate)),
    restore: (state, id, version) => mapping.fromState(copyValue(state as State), id, version),
  };
}

/** Snapshots that need no mapping: the state is a copy of the aggregate itself. */
export function copyingSnapshots<A extends Aggregate>(): Snapshots<A> {
  return {
    take: (aggregate) => copyAggregate(aggregate, aggregate.version),
    restore: (state, _id, version) => copyAggregate(state as A, version),
  };
}

type AggregateClass = abstract new (id: string, version: number) => Aggregate;

function copyAggregate<A extends Aggregate>(aggregate: A, version: number): A {
  const { constructor } = aggregate as unknown as { constructor: AggregateClass };
  const base = baseOf(constructor);
  assertCopyable(aggregate, base);
  // Runs the constructor of Aggregate, which makes its private members, and none of the user's.
  const copy = Reflect.construct(base, [aggregate.id, version], constructor) as A;
  copyProperties(aggregate, copy, new Map([[aggregate, copy]]));
  return copy;
}

/** The class Aggregate that `constructor` extends; there may be several copies of its package. */
function baseOf(constructor: AggregateClass): AggregateClass {
  const parent: unknown = Object.getPrototypeOf(constructor);
  return parent === Function.prototype ? constructor : baseOf(parent as AggregateClass);
}
