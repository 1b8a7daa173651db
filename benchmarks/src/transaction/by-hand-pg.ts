import { randomUUID } from 'node:crypto';

import { Client } from 'pg';

import type { Measurement } from '../harness/contender.ts';
import { measureCommits } from './measure-commits.ts';
import { nextLine, NOTE, type TransactionSettings } from './settings.ts';

const READ = {
  name: 'read',
  text: 'select version, available from products where sku = $1',
};
const UPDATE = {
  name: 'update',
  text: 'update products set version = version + 1, available = $3 where sku = $1 and version = $2',
};
const INSERT_LINE = {
  name: 'insert-line',
  text: 'insert into lines (order_id, sku, qty) values ($1, $2, $3)',
};
const INSERT_MESSAGE = {
  name: 'insert-message',
  text: `insert into tidings.messages
    (id, kind, type, source, subject, time, dataversion, aggregateversion, correlationid, causationid, partitionkey, body)
    values ($1, 'event', 'bench.Allocated', 'benchmark', $2, $3, 1, $4, $5, $5, $2, $6)`,
};

/** Six round trips, every statement prepared: begin, read, update, line, message, commit. */
export async function prepared(settings: TransactionSettings): Promise<Measurement> {
  const clients = await Promise.all(
    Array.from({ length: settings.connections }, async () => {
      const client = new Client({ connectionString: settings.url });
      await client.connect();
      return client;
    }),
  );
  const result = await measureCommits(settings, async (connection, count) => {
    const client = clients[connection] as Client;
    const { orderId, sku, qty } = nextLine(connection, count);
    await client.query('begin');
    const { rows } = await client.query<{ version: string; available: string }>({
      ...READ,
      values: [sku],
    });
    const { version = '', available = '' } = rows[0] ?? {};
    const left = Number(available) - qty;
    const { rowCount } = await client.query({ ...UPDATE, values: [sku, version, left] });
    if (rowCount !== 1) throw new Error(`${sku} was changed by somebody else`);
    await client.query({ ...INSERT_LINE, values: [orderId, sku, qty] });
    await client.query({
      ...INSERT_MESSAGE,
      values: [
        randomUUID(),
        sku,
        new Date().toISOString(),
        Number(version) + 1,
        orderId,
        JSON.stringify({ orderId, sku, qty, note: NOTE }),
      ],
    });
    await client.query('commit');
  });
  await Promise.all(clients.map((client) => client.end()));
  return result;
}
