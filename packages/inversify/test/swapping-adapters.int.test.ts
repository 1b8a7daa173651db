import { jsonLogger, type App } from '@tidings/core';
import { InMemoryRepository, InMemoryUnit } from '@tidings/in-memory';
import { createKnex, DocumentRepository, KnexUnit } from '@tidings/persistence-knex';
import { createPgliteKnex } from '@tidings/persistence-knex/pglite';
import { startPostgres, startRabbitmq } from '@tidings/testing/servers';
import { Container, ContainerModule } from 'inversify';
import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { inMemory, inMemoryTransport } from '../src/in-memory.ts';
import { bootstrap, identifier, tidings } from '../src/index.ts';
import { postgresMessaging } from '../src/messaging-postgres.ts';
import { rabbitmqMessaging } from '../src/messaging-rabbitmq.ts';
import { knexPersistence } from '../src/persistence-knex.ts';
import { Buy, ReceiptPrinter, shopMapping, Shops, shopping, type Shop } from './support/shop.ts';

interface Adapters {
  readonly modules: readonly ContainerModule[];
  readonly close: () => Promise<void>;
}

const shopsInMemory = new ContainerModule(({ bind }) => {
  bind(identifier(Shops))
    .toResolvedValue(
      (unit) => new InMemoryRepository<Shop>(unit, 'Shops'),
      [identifier(InMemoryUnit)],
    )
    .inRequestScope();
});

const shopsInDocuments = new ContainerModule(({ bind }) => {
  bind(identifier(Shops))
    .toResolvedValue(
      (unit) => new DocumentRepository(unit, 'shops', shopMapping),
      [identifier(KnexUnit)],
    )
    .inRequestScope();
});

const adapters: readonly (readonly [name: string, open: () => Promise<Adapters>])[] = [
  ['in memory', async () => ({ modules: [inMemory(), shopsInMemory], close: async () => {} })],
  [
    'on PGlite',
    async () => {
      const db = createPgliteKnex();
      return {
        modules: [knexPersistence(db), inMemoryTransport(), shopsInDocuments],
        close: () => db.destroy(),
      };
    },
  ],
  [
    'on PGlite alone',
    async () => {
      const db = createPgliteKnex();
      return {
        modules: [knexPersistence(db), postgresMessaging(db), shopsInDocuments],
        close: () => db.destroy(),
      };
    },
  ],
  [
    'on Postgres',
    () => onPostgres(async () => ({ module: inMemoryTransport(), stop: async () => {} })),
  ],
  [
    'on Postgres alone',
    () => onPostgres(async (db) => ({ module: postgresMessaging(db), stop: async () => {} })),
  ],
  [
    'on Postgres and RabbitMQ',
    () =>
      onPostgres(async () => {
        const server = await startRabbitmq();
        const { url } = await server.createVhost();
        return {
          module: rabbitmqMessaging({ url }),
          stop: async () => {
            await server.assertNothingLeft();
            await server.stop();
          },
        };
      }),
  ],
];

async function onPostgres(
  startTransport: (db: Knex) => Promise<{ module: ContainerModule; stop: () => Promise<void> }>,
): Promise<Adapters> {
  const server = await startPostgres();
  const db = createKnex({ url: await server.createDatabase() });
  const transport = await startTransport(db);
  return {
    modules: [knexPersistence(db), transport.module, shopsInDocuments],
    close: async () => {
      await db.destroy();
      await transport.stop();
      await server.assertNothingLeft();
      await server.stop();
    },
  };
}

describe.each(adapters)('the same application %s', (_name, open) => {
  let app: App;
  let opened: Adapters;
  let printed: string[] = [];

  beforeAll(async () => {
    opened = await open();
    const container = new Container();
    container.load(
      ...opened.modules,
      tidings({ service: 'shop', features: [shopping], logger: jsonLogger({ level: 'silent' }) }),
      new ContainerModule(({ bind }) => {
        bind(identifier(ReceiptPrinter)).toConstantValue({ write: (line) => printed.push(line) });
      }),
    );
    app = bootstrap(container);
    await app.start();
  });

  afterAll(async () => {
    await app.stop();
    await opened.close();
  });

  it('saves what a handler changed, and delivers what it recorded', async () => {
    printed = [];
    expect(await app.bus.execute(Buy({ shop: 's1', item: 'lamp' }))).toBe(1);
    expect(await app.bus.execute(Buy({ shop: 's1', item: 'chair' }))).toBe(2);
    await app.settled();
    expect(printed).toEqual(['1 lamp', '1 chair']);
  });

  it('saves and delivers nothing of a handler that throws', async () => {
    printed = [];
    await expect(app.bus.execute(Buy({ shop: 's2', item: 'nothing' }))).rejects.toThrow(
      'not for sale',
    );
    await app.settled();
    expect(printed).toEqual([]);
    expect(await app.bus.execute(Buy({ shop: 's2', item: 'lamp' }))).toBe(1);
  });

  it('loses no update of many at once', async () => {
    const sold = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        app.bus.execute(Buy({ shop: 's3', item: `${index}` })),
      ),
    );
    expect(sold.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
