import type { ScheduleDefinition, ScheduleFiring, Schedules, StoredSchedule } from '@tidings/core';

import { integer, onlyRow, optionalText, text } from '../connection/columns.ts';
import { withValues, type Prepared, type Schema } from '../connection/schema.ts';
import { runAlone } from '../connection/send.ts';
import type { Row, SessionPool } from '../connection/session.ts';
import { isStorable } from '../connection/storable-text.ts';
import { COLUMNS } from '../log/insert-messages.ts';
import { scheduleStatements, type ScheduleStatements } from './schedule-statements.ts';

/** Schedules in the database, which go by its clock. */
export class KnexSchedules implements Schedules {
  readonly #pool: SessionPool;
  readonly #statements: ScheduleStatements;

  constructor(pool: SessionPool, schema: Schema) {
    this.#pool = pool;
    this.#statements = scheduleStatements(schema);
  }

  async read(): Promise<{ now: string; schedules: readonly StoredSchedule[] }> {
    const { rows } = await runAlone(this.#pool, withValues(this.#statements.read, []));
    const schedules = rows.filter((row) => row['name'] !== null).map(scheduleOf);
    return { now: text(rows[0]?.['now']), schedules };
  }

  async define({
    name,
    definition,
    nextDueAt,
    superseded,
    serveMs,
    replaces,
  }: ScheduleDefinition): Promise<boolean> {
    const values = [name, definition, nextDueAt, serveMs];
    if (replaces === undefined) return this.#changes(this.#statements.insert, values);
    const others = JSON.stringify(superseded);
    return this.#changes(this.#statements.replace, [...values, replaces, others]);
  }

  async serve(name: string, definition: string, serveMs: number): Promise<void> {
    await this.#changes(this.#statements.serve, [name, definition, serveMs]);
  }

  async fire(firing: ScheduleFiring): Promise<boolean> {
    const { name, definition, dueAt, nextDueAt, firedAt, messages } = firing;
    const columns = COLUMNS.map(([column]) => messages.map((message) => message[column] ?? null));
    const { rows } = await runAlone(
      this.#pool,
      withValues(this.#statements.fire, [
        name,
        definition,
        dueAt,
        nextDueAt,
        firedAt ?? null,
        ...columns,
      ]),
    );
    return integer(onlyRow(rows)['moved']) === 1;
  }

  async pause(name: string): Promise<boolean> {
    return isStorable(name) && this.#changes(this.#statements.pause, [name]);
  }

  async resume(name: string): Promise<boolean> {
    return isStorable(name) && this.#changes(this.#statements.resume, [name]);
  }

  async #changes(statement: Prepared, values: readonly unknown[]): Promise<boolean> {
    const { count } = await runAlone(this.#pool, withValues(statement, values));
    return count > 0;
  }
}

function scheduleOf(row: Row): StoredSchedule {
  const lastFiredAt = optionalText(row['last_fired']);
  const resumedAt = optionalText(row['resumed_at']);
  return {
    name: text(row['name']),
    definition: text(row['definition']),
    superseded: JSON.parse(text(row['superseded'])) as readonly string[],
    nextDueAt: text(row['next_due']),
    paused: row['paused'] === true,
    servedUntil: text(row['served_until']),
    ...(lastFiredAt !== undefined && { lastFiredAt }),
    ...(resumedAt !== undefined && { resumedAt }),
  };
}
