import type { DataOf, EventDefinition } from '@tidings/domain';

import type { HandlerOptions } from './command-handler.ts';
import type { HandlerContext } from './context.ts';
import type { Dependencies, Resolved } from './token.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- definitions are contravariant in their data
export type AnyEventDefinition = EventDefinition<string, any>;

export interface SubscriptionOptions extends HandlerOptions {
  /**
   * What happens to the key of a delivery that used up its retries. `park` (the default): the
   * delivery becomes a dead letter and the key goes on. `block`: the key also waits, until the dead
   * letter is replayed or discarded.
   */
  readonly onPoison?: 'park' | 'block';
  /** How many deliveries it handles at once; those of one key always one by one. Default 8. */
  readonly concurrency?: number;
}

/**
 * One named subscriber of one or more event types, with deliveries, retries and dead letters of its
 * own. It is a function: a unit test calls it with data, fakes and a context.
 */
export interface Subscription<
  Definition extends AnyEventDefinition = AnyEventDefinition,
  Deps extends Dependencies = Dependencies,
> {
  (data: DataOf<Definition>, dependencies: Resolved<Deps>, context: HandlerContext): unknown;
  readonly kind: 'subscription';
  readonly subscriptionName: string;
  readonly definitions: readonly Definition[];
  readonly dependencies: Deps;
  readonly options: SubscriptionOptions;
}

/**
 * Declares a subscription.
 *
 * Each delivery runs in a unit of work of its own and takes effect once: its record and its effects
 * are one transaction. Effects elsewhere, as a mail sent, may happen again after a crash.
 *
 * @param events the event, or events, it gets
 * @param name unique in the service, and lasting: what was delivered is remembered under it
 * @example
 * const notifyBuyers = on(OutOfStock, 'notify-buyers', { mail: Notifications }, ({ sku }, { mail }) =>
 *   mail.send('stock@made.com', `Out of stock for ${sku}`),
 * );
 */
export function on<Definition extends AnyEventDefinition, const Deps extends Dependencies>(
  events: Definition | readonly Definition[],
  name: string,
  dependencies: Deps,
  run: (data: DataOf<Definition>, dependencies: Resolved<Deps>, context: HandlerContext) => unknown,
  options: SubscriptionOptions = {},
): Subscription<Definition, Deps> {
  const definitions: readonly Definition[] = isList(events) ? events : [events];
  const subscription: Subscription<Definition, Deps> = Object.assign(
    (data: DataOf<Definition>, values: Resolved<Deps>, context: HandlerContext) =>
      run(data, values, context),
    {
      kind: 'subscription' as const,
      subscriptionName: name,
      definitions: Object.freeze([...definitions]),
      dependencies,
      options,
    },
  );
  return Object.freeze(subscription);
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
