import { createKnex, knexPersistence } from '@tidings/persistence-knex';
import { runtimeConformance, type RuntimeHarness } from '@tidings/testing/conformance';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { afterAll, beforeAll } from 'vitest';

import { rabbitmqMessaging } from '../src/index.ts';
import { uniqueNames } from './support/rabbitmq-harness.ts';

let postgres: PrivatePostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres.stop());

const onBoth: RuntimeHarness = {
  capabilities: { concurrentUnits: true },
  async create() {
    const database = await postgres.createDatabase();
    const { exchanges } = uniqueNames();
    const opened: Knex[] = [];
    return {
      adapters() {
        const db = createKnex({ url: database, poolSize: 5 });
        opened.push(db);
        return [
          knexPersistence(db),
          rabbitmqMessaging({ url: process.env['TIDINGS_TEST_AMQP_URL'] ?? '', exchanges }),
        ];
      },
      async dispose() {
        for (const db of opened) await db.destroy();
      },
    };
  },
};

runtimeConformance('applications on Postgres and RabbitMQ', onBoth);
