import type { LeaseGrant, Leases } from '@tidings/core';

import { integer } from '../connection/columns.ts';
import { withValues, type Prepared, type Schema } from '../connection/schema.ts';
import { runAlone } from '../connection/send.ts';
import type { SessionPool } from '../connection/session.ts';

/**
 * SQL that is true while nobody else has had the lease since, nor was it given up; one that has merely
 * expired may still be written under. The parameters hold name, owner and epoch.
 */
export function isCurrentLease(
  schema: string,
  [name, owner, epoch]: readonly [name: string, owner: string, epoch: string],
): string {
  return `exists (select from ${schema}.leases where name = ${name} and owner = ${owner}
    and epoch = ${epoch}::bigint and expires_at > '-infinity')`;
}

/**
 * Leases as rows with an expiry by the database's clock and an epoch, not as session locks, which
 * vanish with a session and mean nothing behind a transaction pooler.
 */
export class KnexLeases implements Leases {
  readonly #pool: SessionPool;
  readonly #acquire: Prepared;
  readonly #renew: Prepared;
  readonly #release: Prepared;

  constructor(pool: SessionPool, schema: Schema) {
    const table = `${schema.quoted}.leases`;
    const expiry = `clock_timestamp() + $3::double precision * interval '1 millisecond'`;
    this.#pool = pool;
    // Primary key; locks the lease's row.
    this.#acquire = schema.prepare(
      'lease-acquire',
      `insert into ${table} as l (name, owner, epoch, expires_at) values ($1, $2, 1, ${expiry})
       on conflict (name) do update
       set owner = $2, expires_at = ${expiry},
           epoch = case when l.owner = $2 and l.expires_at > clock_timestamp() then l.epoch else l.epoch + 1 end
       where l.owner = $2 or l.expires_at <= clock_timestamp()
       returning epoch`,
    );
    // Primary key; locks the lease's row.
    this.#renew = schema.prepare(
      'lease-renew',
      `update ${table} set expires_at = ${expiry}
       where name = $1 and owner = $2 and epoch = $4 and expires_at > '-infinity'`,
    );
    // Primary key; locks the lease's row. The row stays, so that the epoch goes on growing.
    this.#release = schema.prepare(
      'lease-release',
      `update ${table} set expires_at = '-infinity' where name = $1 and owner = $2 and epoch = $3`,
    );
  }

  async acquire(name: string, owner: string, ttlMs: number): Promise<LeaseGrant | undefined> {
    const { rows } = await runAlone(this.#pool, withValues(this.#acquire, [name, owner, ttlMs]));
    const [row] = rows;
    return row === undefined ? undefined : { name, owner, epoch: integer(row['epoch']) };
  }

  async renew({ name, owner, epoch }: LeaseGrant, ttlMs: number): Promise<boolean> {
    const { count } = await runAlone(
      this.#pool,
      withValues(this.#renew, [name, owner, ttlMs, epoch]),
    );
    return count > 0;
  }

  async release({ name, owner, epoch }: LeaseGrant): Promise<void> {
    await runAlone(this.#pool, withValues(this.#release, [name, owner, epoch]));
  }
}
