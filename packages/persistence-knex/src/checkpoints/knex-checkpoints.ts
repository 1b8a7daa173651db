import type { AdvanceResult, Checkpoints, LeaseGrant, Position } from '@tidings/core';

import { integer, onlyRow } from '../connection/columns.ts';
import { withValues, type Prepared, type Schema } from '../connection/schema.ts';
import { runAlone } from '../connection/send.ts';
import type { SessionPool } from '../connection/session.ts';
import { isCurrentLease } from '../leases/knex-leases.ts';

/** How far each reader of the log has come, as rows that only move forward. */
export class KnexCheckpoints implements Checkpoints {
  readonly #pool: SessionPool;
  readonly #read: Prepared;
  readonly #advance: Prepared;

  constructor(pool: SessionPool, schema: Schema) {
    const s = schema.quoted;
    this.#pool = pool;
    // Primary key.
    this.#read = schema.prepare(
      'checkpoint-read',
      `select position from ${s}.checkpoints where name = $1`,
    );
    // Primary keys; locks the checkpoint's row.
    this.#advance = schema.prepare(
      'checkpoint-advance',
      `with known as (
         select $2::bigint >= h.next_position as ahead,
                not ${isCurrentLease(s, ['$3', '$4', '$5'])} as fenced
         from ${s}.log_head h
       ), advanced as (
         insert into ${s}.checkpoints as c (name, position)
         select $1, $2::bigint from known where not ahead and not fenced and $2::bigint > 0
         on conflict (name) do update set position = excluded.position
         where c.position < excluded.position
         returning 1
       )
       select (select count(*) from advanced) as advanced, ahead, fenced from known`,
    );
  }

  async read(name: string): Promise<Position> {
    const { rows } = await runAlone(this.#pool, withValues(this.#read, [name]));
    return rows[0] === undefined ? 0 : integer(rows[0]['position']);
  }

  async advance(name: string, position: Position, lease: LeaseGrant): Promise<AdvanceResult> {
    const { rows } = await runAlone(
      this.#pool,
      withValues(this.#advance, [name, position, lease.name, lease.owner, lease.epoch]),
    );
    const row = onlyRow(rows);
    if (row['fenced'] === true) return 'fenced';
    if (row['ahead'] === true) return 'ahead';
    return integer(row['advanced']) > 0 ? 'advanced' : 'behind';
  }
}
