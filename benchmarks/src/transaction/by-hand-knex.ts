import { randomUUID } from 'node:crypto';

import { createKnex } from '@tidings/persistence-knex';

import type { Measurement } from '../harness/contender.ts';
import { measureCommits } from './measure-commits.ts';
import { nextLine, NOTE, type TransactionSettings } from './settings.ts';

/** The builder as its documentation uses it: `db.transaction`, one query after the other. */
export async function builder(settings: TransactionSettings): Promise<Measurement> {
  const db = createKnex({ url: settings.url, poolSize: settings.connections });
  const result = await measureCommits(settings, async (connection, count) => {
    const { orderId, sku, qty } = nextLine(connection, count);
    await db.transaction(async (trx) => {
      const product = await trx<{ sku: string; version: string; available: string }>('products')
        .where({ sku })
        .first('version', 'available');
      const version = Number(product?.version);
      const changed = await trx('products')
        .where({ sku, version })
        .update({ version: version + 1, available: Number(product?.available) - qty });
      if (changed !== 1) throw new Error(`${sku} was changed by somebody else`);
      await trx('lines').insert({ order_id: orderId, sku, qty });
      await trx('tidings.messages').insert({
        id: randomUUID(),
        kind: 'event',
        type: 'bench.Allocated',
        source: 'benchmark',
        subject: sku,
        time: new Date().toISOString(),
        dataversion: 1,
        aggregateversion: version + 1,
        correlationid: orderId,
        causationid: orderId,
        partitionkey: sku,
        body: JSON.stringify({ orderId, sku, qty, note: NOTE }),
      });
    });
  });
  await db.destroy();
  return result;
}
