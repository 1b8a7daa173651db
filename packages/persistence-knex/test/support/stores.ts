import type { Envelope, UnitOfWork } from '@tidings/core';
import type { PrivatePostgres } from '@tidings/testing/servers';
import type { Knex } from 'knex';

import {
  createKnex,
  KnexPersistence,
  type CreateKnexOptions,
  type KnexPersistenceOptions,
} from '../../src/index.ts';

/** A store, started, on a database of its own. */
export interface Store {
  readonly url: string;
  readonly db: Knex;
  readonly persistence: KnexPersistence;
  /** A Knex that the store does not know, for looking at the database and disturbing it. */
  readonly observer: Knex;
}

export interface StoreOptions {
  readonly knex?: Partial<CreateKnexOptions>;
  readonly persistence?: KnexPersistenceOptions;
  /** Where the store connects to, in place of the database itself. */
  readonly through?: (url: string) => Promise<{ readonly url: string; stop(): Promise<void> }>;
}

/** Opens stores for the tests of a file, and closes what a test left open. */
export class Stores {
  readonly #server: () => PrivatePostgres;
  #closing: (() => Promise<void>)[] = [];

  constructor(server: () => PrivatePostgres) {
    this.#server = server;
  }

  async open(options: StoreOptions = {}): Promise<Store> {
    const url = await this.#server().createDatabase();
    const observer = createKnex({ url, poolSize: 2 });
    this.#closing.push(() => observer.destroy());
    const route = await options.through?.(url);
    if (route !== undefined) this.#closing.push(() => route.stop());
    const node = await this.node(route?.url ?? url, options);
    return { url, observer, ...node };
  }

  /** One more node on a database that exists. */
  async node(url: string, options: StoreOptions = {}): Promise<Pick<Store, 'db' | 'persistence'>> {
    const db = createKnex({ url, ...options.knex });
    const persistence = new KnexPersistence(db, options.persistence ?? {}, (message) => {
      throw new Error(message);
    });
    this.#closing.push(async () => {
      await persistence.close();
      await db.destroy();
    });
    await persistence.start();
    return { db, persistence };
  }

  /** Closes everything, the newest first, and sees to it that no connection is left. */
  async close(): Promise<void> {
    for (const close of this.#closing.toReversed()) await close();
    this.#closing = [];
    await this.#server().assertNothingLeft();
  }
}

/** A message as a unit stores it. */
export function messageOf(id: string, attributes: Partial<Envelope> = {}): Envelope {
  return {
    id,
    kind: 'event',
    type: 'test.Happened',
    source: 'test',
    time: '2026-01-01T00:00:00.000Z',
    dataversion: 1,
    correlationid: 'correlation',
    body: '{"n":1}',
    ...attributes,
  };
}

/** Stores messages in a unit of work of their own. */
export async function storeMessages(
  { persistence }: Pick<Store, 'persistence'>,
  ...ids: readonly string[]
): Promise<void> {
  const unit = await persistence.begin();
  await unit.commit({ messages: ids.map((id) => messageOf(id)) });
}

/** Ends the backends of all others on the same database, as a restart of the server would. */
export async function killBackends(observer: Knex): Promise<void> {
  await observer.raw(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'victim'`,
  );
}

/** Resolves once a query of the observer gives a row. */
export async function untilRow(observer: Knex, sql: string): Promise<void> {
  for (;;) {
    const { rows } = await observer.raw<{ rows: unknown[] }>(sql);
    if (rows.length > 0) return;
  }
}

/** How a promise ended: the error, or `undefined`. */
export async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Ends a unit and gives it back its connection, whatever became of it. */
export async function leave(...units: readonly UnitOfWork[]): Promise<void> {
  for (const unit of units) await unit.rollback();
}
