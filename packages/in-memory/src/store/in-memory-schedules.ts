import type {
  Clock,
  ScheduleDefinition,
  ScheduleFiring,
  Schedules,
  StoredSchedule,
} from '@tidings/core';

import type { InMemoryMessageLog } from './in-memory-message-log.ts';

type Entry = { -readonly [Name in keyof StoredSchedule]: StoredSchedule[Name] };

/** Schedules, which go by the wall clock. */
export class InMemorySchedules implements Schedules {
  readonly #clock: Clock;
  readonly #log: InMemoryMessageLog;
  readonly #schedules = new Map<string, Entry>();

  constructor(clock: Clock, log: InMemoryMessageLog) {
    this.#clock = clock;
    this.#log = log;
  }

  async read(): Promise<{ now: string; schedules: readonly StoredSchedule[] }> {
    const schedules = [...this.#schedules.values()].map((entry) => ({ ...entry }));
    return { now: this.#fromNow(0), schedules };
  }

  async define({
    name,
    definition,
    nextDueAt,
    superseded,
    serveMs,
    replaces,
  }: ScheduleDefinition): Promise<boolean> {
    const entry = this.#schedules.get(name);
    if (entry?.definition !== replaces) return false;
    this.#schedules.set(name, {
      ...(entry ?? { name, paused: false }),
      definition,
      superseded,
      nextDueAt,
      servedUntil: this.#fromNow(serveMs),
    });
    return true;
  }

  async serve(name: string, definition: string, serveMs: number): Promise<void> {
    const entry = this.#schedules.get(name);
    if (entry?.definition === definition) entry.servedUntil = this.#fromNow(serveMs);
  }

  async fire({
    name,
    definition,
    dueAt,
    nextDueAt,
    firedAt,
    messages,
  }: ScheduleFiring): Promise<boolean> {
    const entry = this.#schedules.get(name);
    const isDue =
      entry?.definition === definition &&
      entry.nextDueAt === dueAt &&
      !entry.paused &&
      dueAt <= this.#fromNow(0);
    if (!isDue) return false;
    this.#log.refuseKnown(messages);
    this.#log.append(messages);
    entry.nextDueAt = nextDueAt;
    if (firedAt !== undefined) entry.lastFiredAt = firedAt;
    return true;
  }

  async pause(name: string): Promise<boolean> {
    const entry = this.#schedules.get(name);
    if (entry !== undefined) entry.paused = true;
    return entry !== undefined;
  }

  async resume(name: string): Promise<boolean> {
    const entry = this.#schedules.get(name);
    if (entry?.paused === true) {
      entry.paused = false;
      entry.resumedAt = this.#fromNow(0);
    }
    return entry !== undefined;
  }

  #fromNow(milliseconds: number): string {
    return new Date(this.#clock.now() + milliseconds).toISOString();
  }
}
