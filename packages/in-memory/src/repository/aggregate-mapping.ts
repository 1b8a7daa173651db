import type { Aggregate } from '@tidings/domain';

/** How an aggregate becomes the state that is kept, and the other way round. */
export interface AggregateMapping<A extends Aggregate, State = unknown> {
  /** All that makes up the aggregate except its id and version. It is copied before it is kept. */
  readonly toState: (aggregate: A) => State;
  /** An aggregate of that state. The state is a copy, so that it may become part of the aggregate. */
  readonly fromState: (state: State, id: A['id'], version: number) => A;
}
