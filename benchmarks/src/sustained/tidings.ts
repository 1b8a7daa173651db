import { createApp, feature, handle, on } from '@tidings/core';
import { command, event } from '@tidings/domain';
import { rabbitmqMessaging } from '@tidings/messaging-rabbitmq';
import { createKnex, knexPersistence, KnexUnit } from '@tidings/persistence-knex';
import { Pool } from 'pg';
import { z } from 'zod';

import { silent } from '../dispatch/tidings-app.ts';
import type { Measurement } from '../harness/contender.ts';
import type { ServerSettings } from '../harness/on-servers.ts';
import { Ledger, makeTables } from './ledger.ts';
import { CHANGE, NOTE, WRITERS } from './settings.ts';

const Change = command('bench.Change', z.object({ sku: z.string() }));
const Changed = event(
  'bench.Changed',
  z.object({ id: z.string(), sku: z.string(), version: z.int(), note: z.string() }),
  { partitionKey: ({ sku }) => sku },
);

/** Change and event in one transaction; relayed to RabbitMQ; handled with its inbox record in another. */
export async function overRabbitMq(settings: ServerSettings): Promise<Measurement> {
  const { url, amqpUrl, messages } = settings;
  const pool = new Pool({ connectionString: url, max: 1 });
  await makeTables(pool);
  const ledger = new Ledger(messages);
  const change = handle(
    Change,
    { unit: KnexUnit },
    async ({ sku }, { unit }, { messageId: id, publish }) => {
      const { rows } = await unit.run({ ...CHANGE, values: [sku] });
      publish(Changed({ id, sku, version: Number(rows[0]?.['version']), note: NOTE }));
    },
  );
  const changed = on(
    Changed,
    'sink',
    { unit: KnexUnit },
    async (data, { unit }) => {
      ledger.begins(data);
      await unit.run({
        name: 'effect',
        text: 'insert into effect values ($1, $2, $3)',
        values: [data.id, data.sku, data.version],
      });
      ledger.handled(data);
    },
    { concurrency: WRITERS },
  );
  // As many connections as the peers have for writing and handling together.
  const db = createKnex({ url, poolSize: 2 * WRITERS });
  const app = createApp({
    service: 'benchmark',
    features: [feature('sink', [change, changed])],
    adapters: [knexPersistence(db), rabbitmqMessaging({ url: amqpUrl })],
    logger: silent,
  });
  await app.start();
  const measured = await ledger.measure(async (sku) => {
    await app.bus.execute(Change({ sku }));
  }, pool);
  await app.stop();
  await db.destroy();
  await pool.end();
  return measured;
}
