import { AssertionError, deepStrictEqual } from 'node:assert';

import type { Envelope, SettledRecord } from '@tidings/core';
import type { Command, Event, Message } from '@tidings/domain';

import { assertError, type ErrorMatcher } from './error-matcher.ts';

/** What came of the message of `when`. */
export interface Outcome {
  /** What the command's handler returned. */
  readonly result: unknown;
  /** What its handler itself caused, in order: the events recorded and published, and the commands sent. */
  readonly messages: readonly Envelope[];
  /** What became of everything that it caused, the handlers of the whole cascade included. */
  readonly settled: SettledRecord;
}

/** An outcome, or how the command failed. */
export type Run = { readonly outcome: Outcome } | { readonly error: unknown };

type Check = (run: Run) => Outcome | Promise<Outcome>;

/**
 * A promise of the outcome, which runs already and to which expectations can be added. Await it: it
 * rejects when an expectation does not hold, and when the command failed and nobody expected that.
 *
 * It is a real promise and `then` is a promise's `then`, hence the longer names of the expectations.
 */
export class ScenarioOutcome extends Promise<Outcome> {
  /** What is derived by `then` and `catch` is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  readonly #run: Promise<Run>;
  readonly #check: Check;

  constructor(run: Promise<Run>, check: Check = outcomeOf) {
    super((resolve, reject) => {
      run.then(check).then(resolve, reject);
    });
    this.#run = run;
    this.#check = check;
  }

  /** The command's handler recorded or published exactly these events, in this order. Their types and data count. */
  thenEvents(...events: readonly Event[]): ScenarioOutcome {
    return this.#and(async (check) => {
      const outcome = await check;
      assertMessages('event', outcome.messages, events);
      return outcome;
    });
  }

  /** The command's handler sent exactly these commands, in this order. Their types and data count. */
  thenCommands(...commands: readonly Command[]): ScenarioOutcome {
    return this.#and(async (check) => {
      const outcome = await check;
      assertMessages('command', outcome.messages, commands);
      return outcome;
    });
  }

  /** The command's handler returned this. */
  thenResult(expected: unknown): ScenarioOutcome {
    return this.#and(async (check) => {
      const outcome = await check;
      deepStrictEqual(outcome.result, expected);
      return outcome;
    });
  }

  /** Once everything caused has been handled, `query` gives this. */
  thenView<View>(query: () => View | Promise<View>, expected: NoInfer<View>): ScenarioOutcome {
    return this.#and(async (check) => {
      const outcome = await check;
      deepStrictEqual(await query(), expected);
      return outcome;
    });
  }

  /** The command failed with such an error; nothing else can be expected of it then. */
  async thenError(matcher: ErrorMatcher): Promise<void> {
    this.#supersede();
    const run = await this.#run;
    if ('error' in run) {
      assertError(run.error, matcher);
      return;
    }
    throw new AssertionError({
      message: 'expected the command to fail, but it succeeded',
      actual: run.outcome.result,
      expected: matcher,
      operator: 'thenError',
    });
  }

  /** All expectations so far, and one more. */
  #and(next: (check: Promise<Outcome>) => Promise<Outcome>): ScenarioOutcome {
    this.#supersede();
    const check = this.#check;
    return new ScenarioOutcome(this.#run, (run) => next((async () => check(run))()));
  }

  /** From now on the promise with the further expectation is the one to be awaited, and the one to reject. */
  #supersede(): void {
    this.catch(() => {});
  }
}

function outcomeOf(run: Run): Outcome {
  if ('error' in run) throw run.error;
  return run.outcome;
}

function assertMessages(
  kind: Message['kind'],
  actual: readonly Envelope[],
  expected: readonly Message[],
): void {
  deepStrictEqual(
    actual
      .filter((envelope) => envelope.kind === kind)
      .map(({ type, body }) => ({ type, data: JSON.parse(body) as unknown })),
    // As it comes out of JSON: a member that is undefined is absent.
    expected.map(({ type, data }) => ({ type, data: JSON.parse(JSON.stringify(data)) as unknown })),
  );
}
