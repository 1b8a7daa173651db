import type { Envelope } from '../envelope/envelope.ts';
import type { DeadLetterToPark } from './dead-letters.ts';
import type { LeaseGrant } from './leases.ts';
import type { Position } from './message-log.ts';

/** One build of a projection's read model. */
export interface GenerationRef {
  readonly projection: string;
  /** From 1, in the order in which they were begun. */
  readonly generation: number;
}

/** `inline`: the unit of work that stores an event also applies it. `async`: a reader of the log does. */
export type ProjectionMode = 'async' | 'inline';

/** Why a generation does not get past an event. */
export interface ProjectionFailure {
  readonly position: Position;
  /** Absent where it is no event that fails, but putting the generation in place of the active one. */
  readonly messageId?: string;
  readonly type?: string;
  /** A short stable word, for example `retries-exhausted` or `schema`. */
  readonly reason: string;
  /** The error's text. */
  readonly error: string;
  /** How many attempts at this very event were made. */
  readonly attempts: number;
  /** Whether it is tried again only when somebody says so. */
  readonly blocked: boolean;
  /** In how many milliseconds, by the store's clock, it may be tried again. */
  readonly dueIn: number;
}

export interface Generation extends GenerationRef {
  readonly version: number;
  readonly mode: ProjectionMode;
  /**
   * - `building`: being filled; nobody reads it
   * - `active`: what readers see
   * - `retired`: replaced, or given up for a newer one; it will be dropped
   */
  readonly state: 'building' | 'active' | 'retired';
  /** Every event up to here was applied or skipped. Says nothing of a generation that is active and inline. */
  readonly position: Position;
  /** How many events were applied from the log. */
  readonly events: number;
  /** How long, in milliseconds, that took. */
  readonly workedMs: number;
  /** ISO 8601, by the store's clock. */
  readonly startedAt: string;
  /** For how many milliseconds it has been retired. */
  readonly retiredMs?: number;
  readonly failure?: ProjectionFailure;
  /** Somebody waits to work on it. */
  readonly request?: WorkRequest;
}

/** The wish of a process to work on a generation, which another one works on. */
export interface WorkRequest {
  readonly owner: string;
  /** On how many generations that process works. */
  readonly load: number;
  /** How long ago it wished so, in milliseconds by the store's clock. */
  readonly ageMs: number;
}

export interface ProjectionRecord {
  readonly name: string;
  readonly paused: boolean;
  /** In the order in which they were begun; those that were dropped are gone. */
  readonly generations: readonly Generation[];
}

/** How a unit of work moves a generation on; one that is active and inline is moved on by nobody. */
export interface ProjectionProgress {
  readonly generation: GenerationRef;
  /** Where the generation has to be when the unit commits. */
  readonly from: Position;
  readonly to: Position;
  /** How many events the unit applied. */
  readonly events: number;
  /** How long that took, in milliseconds. */
  readonly workedMs: number;
  /** What the unit is fenced by. */
  readonly lease: LeaseGrant;
}

/** What is to be begun. */
export interface GenerationPlan {
  readonly projection: string;
  readonly version: number;
  readonly mode: ProjectionMode;
  /** Whether it is begun although one of this version is active. Default `false`. */
  readonly rebuild?: boolean;
}

/**
 * What a unit of work does for projections. Every generation has a place of its own for its tables, so
 * that several can be kept beside each other under the same names.
 */
export interface ProjectionUnit {
  /**
   * Begins a generation, with an empty place, as `building`; building ones of lower versions are retired.
   * It exists once the unit commits. Of several that begin one at once the later wait.
   *
   * @returns `undefined` when there is nothing to begin: one of this or a higher version is being built;
   * or is active, where it is not to be built again; or one of a higher version is active
   */
  begin(plan: GenerationPlan): Promise<GenerationRef | undefined>;
  /** Does `work` so that tables named in it, without saying where, are those of the generation. */
  within<T>(generation: GenerationRef, work: () => Promise<T>): Promise<T>;
  /** The active generation, which stays so until this unit ends. For inline projections. */
  active(
    projection: string,
  ): Promise<Pick<Generation, 'generation' | 'version' | 'mode'> | undefined>;
  /**
   * Holds a projection until this unit ends: waits for every unit that asked for the {@link active}
   * generation, or moves one on, and lets others do so only afterwards.
   */
  hold(projection: string): Promise<void>;
  /** What is left of the log for a generation, for a unit that holds its projection. */
  rest(request: RestRequest): Promise<RestOfLog>;
  /**
   * Makes a generation what readers see, in place of the one they see now, which is retired: in one step,
   * when the unit commits. Only for `building` ones, and only where the place of the tables is clear.
   *
   * @param position where the generation is when the unit commits
   * @param lease what it is fenced by; absent for a generation that this very unit began
   * @returns `behind` when readers would see something older than now: nothing was changed
   * @throws {@link ProjectionMovedError} when the lease has moved on, or the generation was retired
   */
  activate(
    generation: GenerationRef,
    position: Position,
    lease?: LeaseGrant,
  ): Promise<'activated' | 'behind'>;
}

export interface RestRequest {
  readonly generation: GenerationRef;
  readonly types: readonly string[];
  readonly limit: number;
  /** Whether also committed messages are wanted that have no position yet. */
  readonly unplaced: boolean;
}

/** Messages after a generation's position. */
export interface RestOfLog {
  /** At most as many as was asked for, in order; those that have no position yet come last. */
  readonly messages: readonly Envelope[];
  /** The last position assigned. */
  readonly upTo: Position;
}

/** What is known of projections beside their read models. */
export interface Projections {
  /** Those of `names` of which anything is known. */
  read(names: readonly string[]): Promise<readonly ProjectionRecord[]>;
  /**
   * Somebody begins to work on a generation. Until {@link leave} it counts as being worked on.
   *
   * @returns the generation, and whether whoever worked on it before did not leave, as one who died;
   * `undefined` when it is retired or gone
   */
  take(
    generation: GenerationRef,
    lease: LeaseGrant,
  ): Promise<{ readonly generation: Generation; readonly interrupted: boolean } | undefined>;
  /** A no-op when somebody else took it since. */
  leave(generation: GenerationRef, lease: LeaseGrant): Promise<void>;
  /**
   * Notes that the generation does not get past an event. It is forgotten when the generation does.
   *
   * @throws {@link ProjectionMovedError} when the lease has moved on, or the generation is past the event
   */
  fail(generation: GenerationRef, failure: ProjectionFailure, lease: LeaseGrant): Promise<void>;
  /** Forgets the failures of a projection's generations, so that they try again at once. Returns how many. */
  retry(projection: string): Promise<number>;
  /**
   * Lets a generation get past the event that blocks it, and keeps the event as a dead letter: both or
   * neither.
   *
   * @returns whether it was blocked by the event at this position
   */
  skip(generation: GenerationRef, position: Position, letter: DeadLetterToPark): Promise<boolean>;
  /** From when this resolves until it is undone, no generation of the projection is moved on by a reader of the log. */
  pause(projection: string, paused: boolean): Promise<void>;
  /** Asks to work on a generation that somebody else works on. */
  request(generation: GenerationRef, owner: string, load: number): Promise<void>;
  /**
   * Those of `messageIds` that the active generation has dealt with. Only of events that it handles.
   */
  applied(
    projection: string,
    messageIds: readonly string[],
  ): Promise<readonly { readonly messageId: string; readonly skipped: boolean }[]>;
  /** Drops what a retired generation holds. Returns `false` where somebody still uses it; try again later. */
  drop(generation: GenerationRef): Promise<boolean>;
}
