import type { Contender } from '../harness/contender.ts';
import { AT_ONCE, type QueueSettings } from './settings.ts';

export const DRAIN = {
  pgBoss: 'pg-boss, draining',
  graphile: 'graphile-worker, draining',
  tidings: 'Tidings on Postgres, draining',
} as const;

export const LATENCY = {
  pgBoss: 'pg-boss, one at a time',
  graphile: 'graphile-worker, one at a time',
  tidings: 'Tidings on Postgres, one at a time',
} as const;

const PG_BOSS = 'fetched by hand, 500 at once without a pause, 2 ms after it found nothing';
const GRAPHILE = `local queue of 500, ${AT_ONCE} at once, completed in batches`;

export const queueContenders: readonly Contender<QueueSettings>[] = [
  {
    name: DRAIN.pgBoss,
    does: `${PG_BOSS}; completed together; in no order`,
    load: async () => (await import('./peers.ts')).drainPgBoss,
  },
  {
    name: DRAIN.graphile,
    does: `${GRAPHILE}; in no order`,
    load: async () => (await import('./peers.ts')).drainGraphile,
  },
  {
    name: DRAIN.tidings,
    does: `the transport alone, ${AT_ONCE} at once, of 1000 keys; one process at a time for each key, in order`,
    load: async () => (await import('./tidings.ts')).drainTidings,
  },
  {
    name: LATENCY.pgBoss,
    does: `\`boss.send\`; ${PG_BOSS}`,
    load: async () => (await import('./peers.ts')).latencyOfPgBoss,
  },
  {
    name: LATENCY.graphile,
    does: `\`add_job\`, prepared; woken by NOTIFY; ${GRAPHILE}`,
    load: async () => (await import('./peers.ts')).latencyOfGraphile,
  },
  {
    name: LATENCY.tidings,
    does: '`transport.publish`; woken by NOTIFY, from a transport with connections of its own',
    load: async () => (await import('./tidings.ts')).latencyOfTidings,
  },
];
