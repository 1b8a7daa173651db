import { randomUUID } from 'node:crypto';

import type { Envelope } from '@tidings/core';
import { Client } from 'pg';

import type { Measurement } from '../harness/contender.ts';
import { fillLog } from './fill-log.ts';
import { BATCH, BODY, TYPE, type RelaySettings } from './settings.ts';
import { sinkOf } from './sink.ts';

/** So many that they do not all stay in the processor's cache. */
const DIFFERENT_BATCHES = 40;

/** The transport alone: envelopes that are in memory already, published by batches. */
export async function rawLoop(settings: RelaySettings): Promise<Measurement> {
  const batches = Array.from({ length: DIFFERENT_BATCHES }, (_, batch) =>
    Array.from({ length: BATCH }, (_envelope, index) => ({
      envelope: envelopeOf(batch * BATCH + index),
      republished: false,
    })),
  );
  const { transport, measured } = await sinkOf(settings);
  const count = (settings.warmUp + settings.messages) / BATCH;
  for (let published = 0; published < count; published += 1) {
    await transport.publish(batches[published % DIFFERENT_BATCHES] ?? []);
  }
  return measured;
}

/** The least that reads a log: a prepared query by batches, published, the last number remembered. */
export async function readingLoop(settings: RelaySettings): Promise<Measurement> {
  await fillLog(settings);
  const client = new Client({ connectionString: settings.url });
  await client.connect();
  const { transport, measured } = await sinkOf(settings);
  let last = '0';
  for (;;) {
    const { rows } = await client.query<Envelope & { seq: string }>({
      name: 'read',
      text: 'select * from tidings.messages where seq > $1 order by seq limit $2',
      values: [last, BATCH],
    });
    if (rows.length === 0) break;
    last = rows.at(-1)?.seq ?? last;
    await transport.publish(rows.map((envelope) => ({ envelope, republished: false })));
  }
  await client.end();
  return measured;
}

function envelopeOf(index: number): Envelope {
  const key = `key-${index % 1000}`;
  return {
    id: randomUUID(),
    kind: 'event',
    type: TYPE,
    source: 'benchmark',
    subject: key,
    time: '2026-01-01T00:00:00.000Z',
    dataversion: 1,
    correlationid: randomUUID(),
    partitionkey: key,
    body: BODY,
  };
}
