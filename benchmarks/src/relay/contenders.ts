import type { Contender } from '../harness/contender.ts';
import { BATCH, type RelaySettings } from './settings.ts';

export const RAW = 'raw loop, no database';
export const READING = 'reading loop by hand';
export const TIDINGS_RELAY = 'Tidings relay';
export const ONE_BY_ONE = 'Tidings relay, one by one';

export const relayContenders: readonly Contender<RelaySettings>[] = [
  {
    name: RAW,
    does: `envelopes that are in memory already, published by ${BATCH} to the in-memory transport with one subscriber`,
    load: async () => (await import('./by-hand.ts')).rawLoop,
  },
  {
    name: READING,
    does: 'the same from Postgres, `where seq > $1 order by seq`, prepared: no order of commits, no checkpoint, no lease',
    load: async () => (await import('./by-hand.ts')).readingLoop,
  },
  {
    name: TIDINGS_RELAY,
    does: 'positions in the order of commits, fenced by the lease; read; published to the same transport; checkpoint',
    load: async () => (await import('./tidings.ts')).relayed,
  },
  {
    name: ONE_BY_ONE,
    does: 'the same, each message relayed before the next one is stored, so that batches save nothing',
    load: async () => (await import('./one-by-one.ts')).oneByOne,
  },
];
