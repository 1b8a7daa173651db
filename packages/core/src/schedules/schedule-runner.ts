import type { Executor } from '../execution/executor.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { Logger } from '../ports/logger.ts';
import type { ScheduleDefinition, Schedules, StoredSchedule } from '../ports/schedules.ts';
import { Backoff } from '../time/backoff.ts';
import { WakeSignal } from '../time/wake-signal.ts';
import { encodeFiring } from './encode-firing.ts';
import { planOf, type Plan } from './plan.ts';
import type { RunnableSchedule } from './runnable-schedule.ts';
import { Setbacks } from './setbacks.ts';

export interface ScheduleRunnerDependencies {
  readonly service: string;
  readonly schedules: Schedules;
  readonly known: ReadonlyMap<string, RunnableSchedule>;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly logger: Logger;
  /** Called after commands have come into the log. */
  readonly onFired: () => void;
}

/** Another process may have fired, paused or redefined a schedule, and nobody tells. */
const POLL_MS = 1000;
/** A definition whose processes have gone for so long may be replaced by one that came before it. */
const SERVE_MS = 60_000;
const SERVE_AGAIN_MS = 40_000;
/** More builds than that are not deployed side by side. */
const MOST_SUPERSEDED = 20;

/**
 * Fires schedules. Every process may run one: a firing is a compare-and-set of the schedule's next
 * instant in the transaction that puts its command into the log, so each instant fires once. What is
 * due goes by the store's clock.
 *
 * Where builds with different definitions of a schedule run side by side, the newer one counts. A build
 * that finds its own among those that were replaced waits until nobody goes by the newer one any more.
 */
export class ScheduleRunner {
  readonly #with: ScheduleRunnerDependencies;
  readonly #wake: WakeSignal;
  readonly #setbacks: Setbacks;
  #stopped = new AbortController();
  #running: Promise<void> | undefined;

  constructor(dependencies: ScheduleRunnerDependencies) {
    this.#with = dependencies;
    this.#wake = new WakeSignal(dependencies.clock);
    this.#setbacks = new Setbacks(dependencies.clock);
  }

  /** Resolves once every schedule is known to the store. */
  async start(): Promise<void> {
    if (this.#with.known.size === 0 || this.#running !== undefined) return;
    this.#stopped = new AbortController();
    const pause = await this.#look();
    this.#running = this.#run(pause);
  }

  /** A schedule was paused or resumed: look again. */
  poke(): void {
    this.#wake.wake();
  }

  /** Fires nothing more, and resolves once what is being fired has been. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake.wake();
    await this.#running;
    this.#running = undefined;
  }

  /** Whether an instant of a schedule of this application has come and was not fired yet. */
  async isDue(): Promise<boolean> {
    const { known, schedules } = this.#with;
    if (known.size === 0) return false;
    const { now, schedules: stored } = await schedules.read();
    return stored.some((state) => {
      const schedule = known.get(state.name);
      if (schedule?.timetable.definition !== state.definition || state.paused) return false;
      return (planFor(schedule, state, now)?.instants.length ?? 0) > 0;
    });
  }

  async #run(firstPause: number): Promise<void> {
    const { clock, logger } = this.#with;
    const { signal } = this.#stopped;
    const backoff = new Backoff();
    let pause = firstPause;
    while (!signal.aborted) {
      await this.#wake.sleep(pause);
      if (signal.aborted) return;
      try {
        pause = await this.#look();
        backoff.succeeded();
      } catch (error) {
        logger.warn({ error }, 'schedules could not be looked at; tried again soon');
        await clock.sleep(backoff.next(), signal);
        pause = 0;
      }
    }
  }

  /** Does what is to be done now; gives how long nothing will be. */
  async #look(): Promise<number> {
    const { schedules, known, logger } = this.#with;
    const { now, schedules: stored } = await schedules.read();
    const states = new Map(stored.map((state) => [state.name, state]));
    let pause = POLL_MS;
    for (const schedule of known.values()) {
      const { name } = schedule;
      if (this.#setbacks.isWaiting(name)) continue;
      try {
        const state = states.get(name);
        pause = Math.min(pause, await this.#lookAfter(schedule, state, now));
        this.#setbacks.end(name);
      } catch (error) {
        this.#setbacks.add(name);
        logger.error({ error, schedule: name }, 'a schedule could not be fired; tried again soon');
      }
    }
    return pause;
  }

  async #lookAfter(
    schedule: RunnableSchedule,
    state: StoredSchedule | undefined,
    now: string,
  ): Promise<number> {
    const { schedules } = this.#with;
    const { name, timetable } = schedule;
    const { definition } = timetable;
    if (state?.definition !== definition) {
      const own = definitionFrom(schedule, state, now);
      if (own === undefined) return POLL_MS;
      await schedules.define(own);
      return 0;
    }
    if (Date.parse(state.servedUntil) - Date.parse(now) < SERVE_AGAIN_MS) {
      await schedules.serve(name, definition, SERVE_MS);
    }
    if (state.paused) return POLL_MS;
    const plan = planFor(schedule, state, now);
    if (plan === undefined) return Date.parse(state.nextDueAt) - Date.parse(now);
    await this.#fire(schedule, state, plan);
    return 0;
  }

  async #fire(schedule: RunnableSchedule, state: StoredSchedule, plan: Plan): Promise<void> {
    const { schedules, logger, onFired } = this.#with;
    const { name, definition, nextDueAt: dueAt } = state;
    const messages = await encodeFiring(this.#with, schedule, plan.instants);
    const firedAt = plan.instants.at(-1)?.toISOString();
    const hasFired = await schedules.fire({
      name,
      definition,
      dueAt,
      nextDueAt: plan.nextDueAt.toISOString(),
      ...(firedAt !== undefined && { firedAt }),
      messages,
    });
    if (!hasFired) return;
    if (plan.instants.length === 0) {
      const wasPaused = state.resumedAt !== undefined && dueAt <= state.resumedAt;
      const facts = { schedule: name, dueAt };
      logger[wasPaused ? 'debug' : 'warn'](facts, 'instants of a schedule were passed over');
    } else {
      logger.debug({ schedule: name, dueAt, firedAt }, 'a schedule fired');
      onFired();
    }
  }
}

/** How the application's definition gets into the store; `undefined` where another one counts. */
function definitionFrom(
  { name, timetable }: RunnableSchedule,
  state: StoredSchedule | undefined,
  now: string,
): ScheduleDefinition | undefined {
  const { definition } = timetable;
  const common = { name, definition, serveMs: SERVE_MS };
  const from = (moment: string | number): string => timetable.after(new Date(moment)).toISOString();
  if (state === undefined) return { ...common, nextDueAt: from(now), superseded: [] };
  const { definition: replaces, servedUntil } = state;
  const others = [...state.superseded, replaces].filter((other) => other !== definition);
  const replacing = { ...common, replaces, superseded: others.slice(-MOST_SUPERSEDED) };
  if (!state.superseded.includes(definition)) return { ...replacing, nextDueAt: from(now) };
  if (servedUntil >= now) return undefined;
  // From when the others were there last: an instant that has come meanwhile is not lost.
  return { ...replacing, nextDueAt: from(Date.parse(servedUntil) - SERVE_MS) };
}

function planFor(
  { timetable, rule }: RunnableSchedule,
  { nextDueAt, resumedAt }: StoredSchedule,
  now: string,
): Plan | undefined {
  const progress = {
    now: new Date(now),
    nextDueAt: new Date(nextDueAt),
    resumedAt: resumedAt === undefined ? undefined : new Date(resumedAt),
  };
  return planOf(progress, timetable, rule);
}
