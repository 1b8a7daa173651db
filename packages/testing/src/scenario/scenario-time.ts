import { setTimeout } from 'node:timers/promises';

import { InvalidOptionsError } from '@tidings/core';
import type { Persistence, SettledRecord } from '@tidings/core';

import type { VirtualClock } from '../virtual-clock.ts';

/** How long time stands still for something that does not end by itself, in milliseconds of real time. */
const PATIENCE_MS = 1000;
const FLOW_MS = 20;
const PAGE = 1000;
/** What is due now has been handled: only time can help with the rest. */
const LEAST_STEP_MS = 1;

/**
 * How far time goes: so many milliseconds, or up to a moment.
 *
 * @example
 * await warehouse.advanceTime(60_000);
 * await warehouse.advanceTime({ to: '2026-01-02T03:00:00Z' });
 */
export type TimeToPass = number | { readonly to: Date | string };

export interface ScenarioTimeDependencies {
  readonly clock: VirtualClock;
  readonly persistence: () => Persistence;
  /** Waits until everything is handled that can be without time passing. */
  readonly settle: () => Promise<SettledRecord>;
}

/**
 * The time of a scenario. It stands still, except that it is told to pass; then everything that
 * becomes due is handled at its own time, one due time after the other.
 */
export class ScenarioTime {
  readonly #with: ScenarioTimeDependencies;

  constructor(dependencies: ScenarioTimeDependencies) {
    this.#with = dependencies;
  }

  /**
   * Waits for something. What takes long although it has nothing to do, such as a time-out, waits for time to
   * pass: then it does, as fast as real time.
   */
  async during<T>(work: Promise<T>): Promise<T> {
    const ended = new AbortController();
    const flowing = this.#flow(ended.signal);
    try {
      return await work;
    } finally {
      ended.abort();
      await flowing;
    }
  }

  /** Waits until everything is handled, deliveries that are to be tried again later included. */
  async settled(): Promise<SettledRecord> {
    let record = await this.#settle();
    while (record.waiting > 0) {
      const dueIn = (await this.#nextAttemptIn()) ?? 0;
      record = together(record, await this.#pass(Math.max(dueIn, 1)));
    }
    return record;
  }

  /**
   * Lets time pass.
   *
   * @param onFired told the ids of messages when they become due
   * @throws {@link InvalidOptionsError} unless it goes forward
   */
  async pass(
    time: TimeToPass,
    onFired: (messageIds: readonly string[]) => void,
  ): Promise<SettledRecord> {
    return this.#pass(lengthOf(time, this.#with.clock.now()), onFired);
  }

  async #pass(
    milliseconds: number,
    onFired: (messageIds: readonly string[]) => void = () => {},
  ): Promise<SettledRecord> {
    const { clock } = this.#with;
    const end = clock.now() + milliseconds;
    let record = await this.#settle();
    for (;;) {
      const left = end - clock.now();
      const step = Math.min(left, await this.#nextDueIn());
      onFired(await this.#dueWithin(step));
      if (step > 0) await clock.skip(step);
      record = together(record, await this.#settle());
      if (step >= left) return record;
    }
  }

  #settle(): Promise<SettledRecord> {
    return this.during(this.#with.settle());
  }

  /** In how many milliseconds something is due by itself. */
  async #nextDueIn(): Promise<number> {
    const { scheduled } = this.#with.persistence();
    const message = (await scheduled.nextDueIn()) ?? Infinity;
    const attempt = (await this.#nextAttemptIn()) ?? Infinity;
    return Math.max(LEAST_STEP_MS, Math.min(message, attempt, await this.#nextInstantIn()));
  }

  async #nextInstantIn(): Promise<number> {
    const { now, schedules } = await this.#with.persistence().schedules.read();
    const waiting = schedules.filter(({ paused }) => !paused);
    return Math.min(
      ...waiting.map(({ nextDueAt }) => Date.parse(nextDueAt) - Date.parse(now)),
      Infinity,
    );
  }

  async #nextAttemptIn(): Promise<number | undefined> {
    const [first] = await this.#with.persistence().held.list({ state: 'due', limit: 1 });
    return first && Date.parse(first.dueAt) - this.#with.clock.now();
  }

  async #dueWithin(milliseconds: number): Promise<readonly string[]> {
    const end = this.#with.clock.now() + milliseconds;
    const { scheduled } = this.#with.persistence();
    const due: string[] = [];
    let after: string | undefined;
    do {
      const page = await scheduled.list({}, { limit: PAGE, ...(after && { after }) });
      for (const { envelope, dueAt } of page.messages) {
        if (Date.parse(dueAt) <= end) due.push(envelope.id);
      }
      after = page.next;
    } while (after !== undefined);
    return due;
  }

  async #flow(ended: AbortSignal): Promise<void> {
    const { clock } = this.#with;
    const options = { signal: ended };
    try {
      await setTimeout(PATIENCE_MS, undefined, options);
      for (;;) {
        const before = performance.now();
        await setTimeout(FLOW_MS, undefined, options);
        await clock.advance(performance.now() - before);
      }
    } catch (error) {
      if (!ended.aborted) throw error;
    }
  }
}

/**
 * How many milliseconds are to pass.
 *
 * @throws {@link InvalidOptionsError} unless time goes forward
 */
export function lengthOf(time: TimeToPass, now: number): number {
  const length = typeof time === 'number' ? time : new Date(time.to).getTime() - now;
  if (length >= 0 && Number.isFinite(length)) return length;
  throw new InvalidOptionsError('advanceTime', [
    'give milliseconds from 0, or `to` a moment that has not passed',
  ]);
}

function together(one: SettledRecord, other: SettledRecord): SettledRecord {
  return {
    ...other,
    handled: [...one.handled, ...other.handled],
    failed: [...one.failed, ...other.failed],
    deadLettered: [...one.deadLettered, ...other.deadLettered],
    duplicates: [...one.duplicates, ...other.duplicates],
  };
}
