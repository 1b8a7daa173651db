import type { Generation, ProjectionFailure, ProjectionRecord, WorkRequest } from '@tidings/core';

import { integer, optionalText, text } from '../connection/columns.ts';
import type { Row } from '../connection/session.ts';

/** The projections of rows that are ordered by projection and generation. */
export function recordsOf(rows: readonly Row[]): readonly ProjectionRecord[] {
  const records = new Map<string, { paused: boolean; generations: Generation[] }>();
  for (const row of rows) {
    const name = text(row['name']);
    const record = records.get(name) ?? { paused: row['paused'] === true, generations: [] };
    records.set(name, record);
    if (row['generation'] !== null) record.generations.push(generationOf(row));
  }
  return [...records].map(([name, record]) => ({ name, ...record }));
}

export function generationOf(row: Row): Generation {
  const failure = failureOf(row);
  const request = requestOf(row);
  return {
    projection: text(row['projection']),
    generation: integer(row['generation']),
    version: integer(row['version']),
    mode: row['mode'] === 'inline' ? 'inline' : 'async',
    state: stateOf(row['state']),
    position: integer(row['position']),
    events: integer(row['events']),
    workedMs: integer(row['worked_ms']),
    startedAt: text(row['started']),
    ...(row['retired_ms'] === null ? {} : { retiredMs: Number(row['retired_ms']) }),
    ...(failure === undefined ? {} : { failure }),
    ...(request === undefined ? {} : { request }),
  };
}

function failureOf(row: Row): ProjectionFailure | undefined {
  if (row['failed_position'] === null) return undefined;
  const messageId = optionalText(row['failed_message_id']);
  const type = optionalText(row['failed_type']);
  return {
    position: integer(row['failed_position']),
    reason: text(row['failed_reason']),
    error: text(row['failed_error']),
    attempts: integer(row['failed_attempts']),
    blocked: row['blocked'] === true,
    dueIn: Number(row['due_in']),
    ...(messageId === undefined ? {} : { messageId }),
    ...(type === undefined ? {} : { type }),
  };
}

function requestOf(row: Row): WorkRequest | undefined {
  const owner = optionalText(row['requested_by']);
  if (owner === undefined) return undefined;
  return { owner, load: integer(row['requested_load']), ageMs: Number(row['request_age']) };
}

function stateOf(value: unknown): Generation['state'] {
  return value === 'building' || value === 'active' ? value : 'retired';
}
