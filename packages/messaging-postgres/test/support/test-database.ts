import type { Transport } from '@tidings/core';
import { createKnex, type CreateKnexOptions } from '@tidings/persistence-knex';
import type { CollectingLogger } from '@tidings/testing';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

import type { PostgresMessagingOptions } from '../../src/index.ts';
import { transportOf } from './postgres-harness.ts';

/** A database of its own for each test, and transports on it, which are closed when the test ends. */
export interface TestDatabase {
  readonly server: PrivatePostgres;
  readonly url: string;
  /** For looking at the database and disturbing it. */
  readonly db: Knex;
  /** Opens a transport as another process would, with a Knex of its own. */
  open(options?: OpenOptions): Promise<Transport>;
  /** Closes with the test. */
  onClose(close: () => Promise<void>): void;
}

export interface OpenOptions extends PostgresMessagingOptions {
  readonly service?: string;
  readonly logger?: CollectingLogger;
  readonly knex?: Partial<CreateKnexOptions>;
}

/** A database for each test of a file, on one server; that nothing is left connected is checked after each. */
export function testDatabase(options: { readonly crashable?: boolean } = {}): TestDatabase {
  let server: PrivatePostgres | undefined;
  let url = '';
  let db: Knex | undefined;
  let closing: (() => Promise<void>)[] = [];
  const serverOf = (): PrivatePostgres => {
    if (server === undefined) throw new TypeError('the server is not started yet');
    return server;
  };
  beforeAll(async () => {
    server = await startPostgres(options);
  });
  beforeEach(async () => {
    url = await serverOf().createDatabase();
    db = createKnex({ url, poolSize: 4, applicationName: 'observer' });
  });
  afterEach(async () => {
    for (const close of closing.toReversed()) await close();
    closing = [];
    await db?.destroy();
    await server?.assertNothingLeft();
  });
  afterAll(async () => {
    await server?.stop();
  });
  return {
    get server() {
      return serverOf();
    },
    get url() {
      return url;
    },
    get db() {
      if (db === undefined) throw new TypeError('the database is not made yet');
      return db;
    },
    async open({ service, logger, knex, ...messaging } = {}) {
      const own = createKnex({ url, poolSize: 2, ...knex });
      const transport = transportOf(own, messaging, service, logger);
      closing.push(async () => {
        await transport.close();
        await own.destroy();
      });
      await transport.declare([]);
      return transport;
    },
    onClose(close) {
      closing.push(close);
    },
  };
}
