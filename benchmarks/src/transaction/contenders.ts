import type { Contender } from '../harness/contender.ts';
import type { TransactionSettings } from './settings.ts';

export const BY_HAND_PG = 'pg by hand';
export const BY_HAND_KNEX = 'Knex builder by hand';
export const TIDINGS = 'Tidings';

export const transactionContenders: readonly Contender<TransactionSettings>[] = [
  {
    name: BY_HAND_PG,
    does: 'begin, read, update with version check, insert line, insert message, commit: prepared statements, 6 round trips, nothing validated',
    load: async () => (await import('./by-hand-pg.ts')).prepared,
  },
  {
    name: BY_HAND_KNEX,
    does: 'the same statements by `db.transaction` and the query builder',
    load: async () => (await import('./by-hand-knex.ts')).builder,
  },
  {
    name: TIDINGS,
    does: '`await bus.execute(command)`: validated by zod, handled, aggregate loaded and saved by a KnexRepository with a version check, event validated and stored, committed',
    load: async () => (await import('./tidings.ts')).execute,
  },
];
