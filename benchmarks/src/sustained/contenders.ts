import type { Contender } from '../harness/contender.ts';
import type { ServerSettings } from '../harness/on-servers.ts';
import { WRITERS } from './settings.ts';

export const PG_BOSS = 'pg-boss';
export const GRAPHILE = 'graphile-worker';
export const TIDINGS = 'Tidings over RabbitMQ';

export const sustainedContenders: readonly Contender<ServerSettings>[] = [
  {
    name: PG_BOSS,
    does: `update and job in one transaction over prepared pg, ${WRITERS} at once; jobs fetched by 100 without a pause and handled at once, each by one repeatable insert; completed together; in no order`,
    load: async () => (await import('./peers.ts')).pgBoss,
  },
  {
    name: GRAPHILE,
    does: 'the same transaction; local queue of 500, 24 jobs at once, each by one repeatable insert; completed in batches; in no order',
    load: async () => (await import('./peers.ts')).graphileWorker,
  },
  {
    name: TIDINGS,
    does: `\`bus.execute\` with the same update and an event, ${WRITERS} at once; relayed to a quorum queue; ${WRITERS} handled at once, each with its inbox record in a transaction; in order per key`,
    load: async () => (await import('./tidings.ts')).overRabbitMq,
  },
];
