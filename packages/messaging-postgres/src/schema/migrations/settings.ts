/**
 * How the plans of functions are pinned. A queue is empty when a statement is planned and long when it runs,
 * so the planner would choose to read the whole table, once and for the life of the connection. Nor is it
 * planned anew for each list of parameters, or compiled because it would be expensive if a list were long.
 */
export const BY_INDEX = `set enable_seqscan = off set enable_bitmapscan = off
  set enable_hashjoin = off set enable_mergejoin = off
  set jit = off set plan_cache_mode = force_generic_plan`;

/**
 * For what need not survive a crash of the server, because it is only done again then. Holds for the
 * transaction, so it leaves nothing behind on a connection that others use.
 */
export const WITHOUT_WAITING = `perform set_config('synchronous_commit', 'off', true);`;

/** A publisher that has waited so long for those before it has not published, and knows it. */
export const LOCK_TIMEOUT = `perform set_config('lock_timeout', a_lock_ms::text, true);`;
