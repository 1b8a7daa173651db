import { AssertionError, deepStrictEqual } from 'node:assert';

import type { Command, Event, Message } from '@tidings/domain';

import { assertError, type ErrorMatcher } from '../scenario/error-matcher.ts';
import type { PlayedMessage, PlayedStep } from './process-play.ts';

/** What came of an event, or of time that passed. */
export interface ProcessOutcome<State = unknown> {
  /** The commands sent and the events published, in order. */
  readonly commands: readonly PlayedMessage[];
  readonly events: readonly PlayedMessage[];
  /** What each event and each timeout came to, in order. */
  readonly steps: readonly PlayedStep[];
  /**
   * The instance that all of it was for, or where nothing came the one before, as it is afterwards.
   * Nothing where it does not run, or there are several.
   */
  readonly instance: ProcessView<State> | undefined;
}

/** An instance as a test sees it. */
export interface ProcessView<State = unknown> {
  readonly key: string;
  readonly state: State;
  /** When its open timeouts are due, ISO 8601 by their names. */
  readonly timeouts: Readonly<Record<string, string>>;
}

/** An outcome, or how it failed. */
export type ProcessRun<State> =
  | { readonly outcome: ProcessOutcome<State> }
  | { readonly error: unknown };

type Check<State> = (run: ProcessRun<State>) => ProcessOutcome<State>;

/**
 * A promise of an outcome, to which expectations can be added. Await it: it rejects when an expectation
 * does not hold, and when a handler failed and nobody expected that.
 */
export class PlayedProcess<State> extends Promise<ProcessOutcome<State>> {
  /** What is derived by `then` and `catch` is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  readonly #run: Promise<ProcessRun<State>>;
  readonly #check: Check<State>;

  constructor(run: Promise<ProcessRun<State>>, check: Check<State> = outcomeOf) {
    super((resolve, reject) => {
      run.then(check).then(resolve, reject);
    });
    this.#run = run;
    this.#check = check;
  }

  /** Exactly these commands were sent, in this order. Their types and data count. */
  thenSends(...commands: readonly Command[]): PlayedProcess<State> {
    return this.#and((outcome) => deepStrictEqual(outcome.commands, commands.map(played)));
  }

  /** Exactly these events were published, in this order. Their types and data count. */
  thenPublishes(...events: readonly Event[]): PlayedProcess<State> {
    return this.#and((outcome) => deepStrictEqual(outcome.events, events.map(played)));
  }

  /** The instance runs and has this state. */
  thenState(expected: State): PlayedProcess<State> {
    return this.#and(({ instance }) => {
      deepStrictEqual(instance?.state, fromJson(expected));
    });
  }

  /** The instance runs and has exactly these timeouts open: by name, when each is due, ISO 8601. */
  thenTimeouts(expected: Readonly<Record<string, string>>): PlayedProcess<State> {
    return this.#and(({ instance }) => deepStrictEqual(instance?.timeouts, expected));
  }

  /** An instance was completed, and does not run any more. */
  thenCompleted(): PlayedProcess<State> {
    return this.#and(({ steps, instance }) => {
      const outcomes = steps.map(({ outcome }) => outcome);
      if (outcomes.includes('completed') && instance === undefined) return;
      throw new AssertionError({
        message: 'expected that the instance is complete',
        actual: outcomes,
        expected: 'completed',
        operator: 'thenCompleted',
      });
    });
  }

  /** Everything that came was ignored: its instance was never started, or is complete, or the timeout is over. */
  thenIgnored(): PlayedProcess<State> {
    return this.#and(({ steps }) => {
      const outcomes = steps.map(({ outcome }) => outcome);
      if (outcomes.every((outcome) => outcome === 'missing' || outcome === 'late')) return;
      throw new AssertionError({
        message: 'expected that nothing was done',
        actual: outcomes,
        expected: ['missing', 'late'],
        operator: 'thenIgnored',
      });
    });
  }

  /** A handler failed with such an error, or what it returned did; nothing else can be expected then. */
  async thenError(matcher: ErrorMatcher): Promise<void> {
    this.#supersede();
    const run = await this.#run;
    if ('error' in run) {
      assertError(run.error, matcher);
      return;
    }
    throw new AssertionError({
      message: 'expected a failure, but there was none',
      actual: run.outcome,
      expected: matcher,
      operator: 'thenError',
    });
  }

  /** All expectations so far, and one more. */
  #and(expect: (outcome: ProcessOutcome<State>) => void): PlayedProcess<State> {
    this.#supersede();
    const check = this.#check;
    return new PlayedProcess(this.#run, (run) => {
      const outcome = check(run);
      expect(outcome);
      return outcome;
    });
  }

  /** From now on the promise with the further expectation is the one to be awaited, and the one to reject. */
  #supersede(): void {
    this.catch(() => {});
  }
}

function outcomeOf<State>(run: ProcessRun<State>): ProcessOutcome<State> {
  if ('error' in run) throw run.error;
  return run.outcome;
}

function played({ type, data }: Message): PlayedMessage {
  return { type, data: fromJson(data) };
}

/** As it comes out of JSON: a member that is undefined is absent. */
function fromJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
