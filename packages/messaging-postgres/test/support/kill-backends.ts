import type { Knex } from 'knex';

/** Ends all connections of victims to the observer's database, as an administrator or a failover does. */
export async function killBackends(observer: Knex): Promise<void> {
  await observer.raw(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'victim'`,
  );
}
