import type { CommandHandler, RequiredBy } from './command-handler.ts';
import type { AnyProcessManager } from '../processes/process-manager.ts';
import type { Projection } from './projection.ts';
import type { Schedule } from './schedule.ts';
import type { Subscription } from './subscription.ts';
import type { AnyToken, Dependencies } from './token.ts';

/** What a feature is made of, whatever it depends on. */
export interface FeaturePart {
  readonly kind: 'command-handler' | 'subscription' | 'process-manager' | 'projection' | 'schedule';
  readonly dependencies: Dependencies;
}

/** A list of what belongs together: handlers of commands, subscriptions, processes, projections and schedules. */
export interface Feature<Required extends AnyToken = AnyToken> {
  readonly name: string;
  readonly parts: readonly FeaturePart[];
  /** Only for the type checker: the tokens that have to be bound. */
  readonly requires?: Required;
}

/**
 * Declares a feature.
 *
 * @example
 * export const allocation = feature('allocation', [allocate, notifyBuyers]);
 */
export function feature<const Parts extends readonly FeaturePart[]>(
  name: string,
  parts: Parts,
): Feature<RequiredBy<Parts[number]>> {
  return Object.freeze({ name, parts });
}

/** The parts of a feature, told apart. */
export type KnownPart = CommandHandler | Subscription | AnyProcessManager | Projection | Schedule;
