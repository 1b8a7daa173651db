import { createKnex, knexPersistence } from '@tidings/persistence-knex';
import { runtimeConformance, type RuntimeHarness } from '@tidings/testing/conformance';
import {
  startPostgres,
  startRabbitmq,
  type PrivatePostgres,
  type PrivateRabbitmq,
} from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { afterAll, beforeAll } from 'vitest';

import { rabbitmqMessaging } from '../src/index.ts';

let postgres: PrivatePostgres;
let rabbitmq: PrivateRabbitmq;

beforeAll(async () => {
  [postgres, rabbitmq] = await Promise.all([startPostgres(), startRabbitmq()]);
});

afterAll(async () => {
  await Promise.all([postgres.stop(), rabbitmq.stop()]);
});

const onBoth: RuntimeHarness = {
  capabilities: { concurrentUnits: true },
  async create() {
    const database = await postgres.createDatabase();
    const vhost = await rabbitmq.createVhost();
    const opened: Knex[] = [];
    return {
      adapters() {
        const db = createKnex({ url: database, poolSize: 5 });
        opened.push(db);
        return [knexPersistence(db), rabbitmqMessaging({ url: vhost.url })];
      },
      async dispose() {
        for (const db of opened) await db.destroy();
        await vhost.assertNothingLeft();
        await vhost.drop();
      },
    };
  },
};

runtimeConformance('applications on Postgres and RabbitMQ', onBoth);
