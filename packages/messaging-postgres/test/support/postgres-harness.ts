import { randomUUID } from 'node:crypto';

import { systemClock, UuidV7Generator, type AdapterContext, type Transport } from '@tidings/core';
import { CollectingLogger } from '@tidings/testing';
import type { Refusal, TransportFixture, TransportHarness } from '@tidings/testing/conformance';
import type { Knex } from 'knex';

import { postgresMessaging, type PostgresMessagingOptions } from '../../src/index.ts';

/** A transport of the adapter as an application gets it. */
export function transportOf(
  db: Knex,
  options: PostgresMessagingOptions = {},
  service = 'test',
  logger: CollectingLogger = new CollectingLogger(),
): Transport {
  const context: AdapterContext = {
    service,
    clock: systemClock,
    ids: new UuidV7Generator(systemClock),
    logger,
  };
  const create = postgresMessaging(db, options).transport;
  if (create === undefined) throw new TypeError('the adapter brings no transport');
  return create(context);
}

/** A schema that nobody else has: tests share a database. */
function uniqueSchema(): string {
  return `m_${randomUUID().slice(0, 8)}`;
}

const capabilities: TransportHarness['capabilities'] = {
  ordered: true,
  replay: 'a subscription begins with what is published after it was declared',
  refusals: true,
};

/** Transports with a schema of their own each, on a database that the tests of a file share. */
export function postgresHarness(shared: () => Knex): TransportHarness {
  return {
    capabilities,
    create: async () => {
      const schema = uniqueSchema();
      const db = shared();
      const options = { schema, connections: 2 };
      return fixture(db, options, [renamed(db, schema), locked(db, schema)]);
    },
  };
}

/** Transports with a schema of their own each, on one embedded database: starting one takes seconds. */
export function pgliteHarness(shared: () => Knex): TransportHarness {
  return {
    capabilities,
    create: async () => {
      const schema = uniqueSchema();
      const db = shared();
      return fixture(db, { schema }, [renamed(db, schema)]);
    },
  };
}

async function fixture(
  db: Knex,
  options: PostgresMessagingOptions,
  refusals: readonly Refusal[],
): Promise<TransportFixture> {
  const opened: Transport[] = [];
  const open = async (): Promise<Transport> => {
    const transport = transportOf(db, options);
    opened.push(transport);
    await transport.declare([]);
    return transport;
  };
  return {
    transport: await open(),
    second: open,
    refusals,
    dispose: async () => {
      await Promise.all(opened.map((transport) => transport.close()));
    },
  };
}

function renamed(db: Knex, schema: string): Refusal {
  const rename = async (from: string, to: string): Promise<void> => {
    await db.raw(`alter table ${schema}.${from} rename to ${to}`);
  };
  return {
    name: 'its table is not there',
    provoke: async () => {
      await rename('deliveries', 'elsewhere');
      return () => rename('elsewhere', 'deliveries');
    },
  };
}

function locked(db: Knex, schema: string): Refusal {
  return {
    name: 'another transaction keeps the table to itself',
    provoke: async () => {
      const transaction = await db.transaction();
      await transaction.raw(`lock table ${schema}.deliveries`);
      return async () => {
        await transaction.rollback();
      };
    },
  };
}
