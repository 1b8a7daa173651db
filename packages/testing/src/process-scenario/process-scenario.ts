import type { AnyEventDefinition, ProcessManager } from '@tidings/core';
import type { Event, InferInput, StandardSchemaV1 } from '@tidings/domain';

import { lengthOf, type TimeToPass } from '../scenario/scenario-time.ts';
import { VirtualClock, type VirtualClockOptions } from '../virtual-clock.ts';
import { PlayedProcess, type ProcessOutcome } from './process-outcome.ts';
import { ProcessPlay, type PlayedStep } from './process-play.ts';

export interface AdvanceOptions {
  /**
   * Whether the process gets to know at once of the timeouts that become due, or only after the next
   * event: so it is when both happen at the same time and the event comes first. Default `first`.
   */
  readonly timeouts?: 'first' | 'after-next-event';
}

/**
 * Makes a scenario of one process: given some events, when another one comes or time passes, then it
 * sends these commands and has this state. It needs no application, no store and no real time; the
 * handlers run as they would in an application, and what they return is checked as it would be.
 *
 * @example
 * const story = processScenario(restocking);
 * await story.given(OutOfStock({ sku, orderid: 'o1' })).advanceTime(2 * DAY_MS).thenPublishes(StillWaiting({ sku }));
 * await story.when(BatchAdded({ sku })).thenSends(Reallocate({ orderid: 'o1' })).thenCompleted();
 */
export function processScenario<
  Schema extends StandardSchemaV1,
  Starting extends AnyEventDefinition,
  Continuing extends AnyEventDefinition,
  Timeout extends string,
>(
  process: ProcessManager<Schema, Starting, Continuing, Timeout>,
  options: VirtualClockOptions = {},
): ProcessScenario<InferInput<Schema>, ReturnType<Starting | Continuing>> {
  return new ProcessScenario(new VirtualClock(options), (clock) => new ProcessPlay(process, clock));
}

/** The events and the time of one process. Made by {@link processScenario}. */
export class ProcessScenario<State, Taken extends Event> {
  /** Stands still but for `advanceTime`. */
  readonly clock: VirtualClock;
  readonly #play: ProcessPlay;
  #last: Promise<unknown> = Promise.resolve();
  #given: Taken[] = [];
  /** Timeouts that were due, of which the process does not know yet. */
  #held: ReturnType<ProcessPlay['fire']> = [];
  /** The key of what came last. */
  #key: string | undefined;

  /** @param open makes what is played */
  constructor(clock: VirtualClock, open: (clock: VirtualClock) => ProcessPlay) {
    this.clock = clock;
    this.#play = open(clock);
  }

  /** What happened before: the events are handled, one after the other. */
  given(...events: readonly Taken[]): this {
    this.#given.push(...events);
    return this;
  }

  /** The event comes, and then whatever was held back until after it. */
  when(event: Taken): PlayedProcess<State> {
    return this.#next(async () => {
      const step = await this.#play.take(event);
      const held = this.#held;
      this.#held = [];
      return [step, ...(await this.#tell(held))];
    });
  }

  /**
   * Lets time pass. Timeouts become due each at its own time, those that are set on the way included.
   *
   * @throws {@link InvalidOptionsError} unless time goes forward
   */
  advanceTime(time: TimeToPass, { timeouts = 'first' }: AdvanceOptions = {}): PlayedProcess<State> {
    return this.#next(async () => {
      const end = this.clock.now() + lengthOf(time, this.clock.now());
      const steps: PlayedStep[] = [];
      for (;;) {
        const left = end - this.clock.now();
        await this.clock.skip(Math.min(left, this.#play.nextDueIn ?? Infinity));
        const due = this.#play.fire();
        if (timeouts === 'first') steps.push(...(await this.#tell(due)));
        else this.#held = [...this.#held, ...due];
        if (this.clock.now() >= end && due.length === 0) return steps;
      }
    });
  }

  async #tell(timers: ReturnType<ProcessPlay['fire']>): Promise<readonly PlayedStep[]> {
    const steps: PlayedStep[] = [];
    for (const timer of timers) steps.push(await this.#play.tell(timer));
    return steps;
  }

  /** One after the other, whether or not each is awaited. */
  #next(work: () => Promise<readonly PlayedStep[]>): PlayedProcess<State> {
    const given = this.#given;
    this.#given = [];
    const before = this.#last;
    const run = (async () => {
      await before;
      try {
        for (const event of given) this.#key = (await this.#play.take(event)).key;
        return { outcome: this.#outcomeOf(await work()) };
      } catch (error) {
        return { error };
      }
    })();
    this.#last = run;
    return new PlayedProcess(run);
  }

  #outcomeOf(steps: readonly PlayedStep[]): ProcessOutcome<State> {
    const [key = this.#key, ...others] = new Set(steps.map((step) => step.key));
    this.#key = key;
    const instance = key === undefined || others.length > 0 ? undefined : this.#play.instance(key);
    return {
      commands: steps.flatMap(({ commands }) => commands),
      events: steps.flatMap(({ events }) => events),
      steps,
      instance: instance && {
        key: instance.key,
        state: JSON.parse(instance.state) as State,
        timeouts: this.#play.timeouts(instance.key),
      },
    };
  }
}
