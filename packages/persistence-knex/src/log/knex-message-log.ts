import {
  LeaseLostError,
  type LeaseGrant,
  type LoggedMessage,
  type LogPage,
  type MessageLog,
  type Position,
} from '@tidings/core';

import { integer, onlyRow, text } from '../connection/columns.ts';
import { withValues, type Schema } from '../connection/schema.ts';
import { runAlone } from '../connection/send.ts';
import type { Row, SessionPool } from '../connection/session.ts';
import { envelopeOf } from './envelope-row.ts';
import { newRuns } from './runs.ts';
import { gapsBetween, remainingHoles, type Hole } from './holes.ts';
import { logStatements, type LogStatements } from './log-statements.ts';

/** One scan looks at so many messages at least, and at so many times its limit. */
const SCAN = 4000;
const SCAN_FACTOR = 4;

interface Look {
  readonly leads: boolean;
  readonly highSeq: number;
  readonly nextPosition: number;
  /** The number that goes on the last run, where there is one. */
  readonly nextSeq: number | undefined;
  readonly holes: readonly Hole[];
  readonly fresh: readonly number[];
  readonly late: readonly number[];
  readonly xmin: string;
  readonly xmax: string;
}

/**
 * The log of all messages. A message gets a sequence number when it is inserted, before its
 * transaction commits, so numbers become visible out of order. Its position it gets afterwards, from
 * the holder of the log's lease: what one look at the table sees committed and without a position is
 * appended, in the order of the numbers. Numbers that are missing below are looked for again until
 * they can come no more.
 *
 * Positions are stored as runs, within which numbers and positions go up together: while messages
 * commit in the order of their numbers, a position costs no more than that the head moves.
 */
export class KnexMessageLog implements MessageLog {
  readonly #pool: SessionPool;
  readonly #statements: LogStatements;

  constructor(pool: SessionPool, schema: Schema) {
    this.#pool = pool;
    this.#statements = logStatements(schema);
  }

  async sequence(lease: LeaseGrant, limit: number): Promise<number> {
    const { name, owner, epoch } = lease;
    const { rows } = await runAlone(
      this.#pool,
      withValues(this.#statements.look, [limit, name, owner, epoch]),
    );
    const look = lookOf(onlyRow(rows));
    if (!look.leads) throw new LeaseLostError(name, epoch);
    if (look.fresh.length === 0 && look.late.length === 0 && look.holes.length === 0) return 0;
    const found = [...look.late, ...look.fresh].toSorted((a, b) => a - b).slice(0, limit);
    const taken = new Set(found);
    const freshTaken = look.fresh.filter((seq) => taken.has(seq));
    const lookedUpTo = look.late.length < limit ? undefined : look.late.at(-1);
    const { kept, renewed } = remainingHoles(look.holes, look.late, taken, {
      xmin: look.xmin,
      xmax: look.xmax,
      ...(lookedUpTo === undefined ? {} : { lookedUpTo }),
    });
    const holes = [...renewed, ...gapsBetween(look.highSeq, freshTaken)];
    const isSame = found.length === 0 && renewed.length === 0 && kept.length === look.holes.length;
    if (isSame) return 0;
    const runs = newRuns(found, look.nextPosition, look.nextSeq);
    const moved = await runAlone(
      this.#pool,
      withValues(this.#statements.append, [
        look.nextPosition,
        freshTaken.at(-1) ?? look.highSeq,
        found.length,
        JSON.stringify(kept),
        JSON.stringify(holes),
        runs.map(({ firstPosition }) => firstPosition),
        runs.map(({ firstSeq }) => firstSeq),
        name,
        owner,
        epoch,
      ]),
    );
    if (integer(onlyRow(moved.rows)['moved']) === 0) throw new LeaseLostError(name, epoch);
    return found.length;
  }

  async read(after: Position, limit: number): Promise<readonly LoggedMessage[]> {
    const { rows } = await runAlone(
      this.#pool,
      withValues(this.#statements.read, [after, after + limit]),
    );
    return rows.map((row) => ({ position: integer(row['position']), envelope: envelopeOf(row) }));
  }

  async scan(types: readonly string[], after: Position, limit: number): Promise<LogPage> {
    const end = after + Math.max(SCAN, SCAN_FACTOR * limit);
    const { rows } = await runAlone(
      this.#pool,
      withValues(this.#statements.scan, [after, end, types, limit]),
    );
    const messages = rows
      .filter(({ position }) => position !== null)
      .map((row) => ({ position: integer(row['position']), envelope: envelopeOf(row) }));
    const head = integer(rows[0]?.['head']);
    const last = messages.at(-1);
    const isCut = messages.length === limit && last !== undefined;
    return { messages, upTo: isCut ? last.position : Math.max(after, Math.min(end, head)) };
  }

  async head(): Promise<Position> {
    const { rows } = await runAlone(this.#pool, withValues(this.#statements.head, []));
    return integer(onlyRow(rows)['head']);
  }

  async hasUnsequenced(): Promise<boolean> {
    const { rows } = await runAlone(this.#pool, withValues(this.#statements.unsequenced, []));
    return onlyRow(rows)['unsequenced'] === true;
  }
}

function lookOf(row: Row): Look {
  return {
    leads: row['leads'] === true,
    highSeq: integer(row['high_seq']),
    nextPosition: integer(row['next_position']),
    nextSeq: row['next_seq'] === null ? undefined : integer(row['next_seq']),
    holes: JSON.parse(text(row['holes'])) as readonly Hole[],
    fresh: numbers(row['fresh']),
    late: numbers(row['late']),
    xmin: text(row['xmin']),
    xmax: text(row['xmax']),
  };
}

/** Arrays come as JSON text, because drivers read `bigint[]` differently. */
function numbers(value: unknown): readonly number[] {
  return (JSON.parse(text(value)) as readonly unknown[]).map(integer);
}
