import knexModule, { type Knex } from 'knex';

import type { Transaction } from '../connection/transaction.ts';
import { storeError } from '../connection/store-error.ts';

/** What the facade asks of its unit of work. */
export interface FacadeUnit {
  readonly transaction: Transaction;
  /** @throws UnitOfWorkEndedError after the end */
  assertOpen(operation: string): void;
}

type QueryFunction = (...args: unknown[]) => unknown;
type Client = Knex.Client & { emit(event: string, ...args: unknown[]): boolean };

const EVENTS = ['start', 'query', 'query-error', 'query-response'] as const;

/**
 * A Knex whose queries all run on the connection of one unit of work, inside its transaction. After
 * the unit's end every query is refused. Its `transaction()` makes a savepoint.
 */
export function knexFacade(db: Knex, unit: FacadeUnit): Knex {
  const client = facadeClient(db.client as Client, unit);
  // Knex constructs the dialect that it is given; a constructor may return another object.
  const dialect = function dialect(): Client {
    return client;
  };
  const facade = knexModule.knex({ client: dialect as unknown as typeof Knex.Client });
  return Object.assign(facade, { isTransaction: true, userParams: db.userParams });
}

function facadeClient(original: Client, unit: FacadeUnit): Client {
  const prototype = original.constructor.prototype as Client;
  const client = Object.create(prototype) as Client & { transacting: boolean };
  client.version = original.version as string;
  client.config = original.config;
  client.driver = original.driver as unknown;
  client.connectionSettings = original.connectionSettings;
  client.valueForUndefined = original.valueForUndefined as unknown;
  client.logger = original.logger;
  // Knex begins nested transactions of a client that is transacting with SAVEPOINT.
  client.transacting = true;
  for (const event of EVENTS) {
    client.on(event, (...args: unknown[]) => {
      original.emit(event, ...args);
    });
  }
  const connection = fencedConnection(unit);
  client.acquireConnection = async () => {
    unit.assertOpen('query the database');
    unit.transaction.begin();
    return connection;
  };
  client.releaseConnection = () => Promise.resolve();
  client.destroy = () => Promise.resolve();
  client.query = async (lent: unknown, query: unknown) => {
    try {
      return (await prototype.query.call(client, lent, query)) as unknown;
    } catch (error) {
      throw storeError(error, 'What this unit of work reads and changes');
    }
  };
  return client;
}

/**
 * The raw connection, which refuses queries after the unit's end: whatever of Knex still holds it,
 * a nested transaction or a stream say, cannot reach into the next unit's transaction.
 */
function fencedConnection(unit: FacadeUnit): object {
  const raw = unit.transaction.session.connection as { query: QueryFunction };
  const fenced = Object.create(raw) as { query: QueryFunction };
  fenced.query = (...args) => {
    const callback = args.at(-1);
    try {
      unit.assertOpen('query the database');
    } catch (error) {
      if (typeof callback !== 'function') return Promise.reject(error);
      process.nextTick(callback, error);
      return undefined;
    }
    if (typeof callback === 'function')
      return queryWithCallback(unit, raw, args, callback as Callback);
    const result = raw.query(...args);
    return result instanceof Promise
      ? unit.transaction.observe(result as Promise<unknown>)
      : result;
  };
  return fenced;
}

type Callback = (error: unknown, result: unknown) => void;

function queryWithCallback(
  unit: FacadeUnit,
  raw: { query: QueryFunction },
  args: unknown[],
  callback: Callback,
): unknown {
  let settle: Callback = callback;
  const sent = new Promise<unknown>((resolve, reject) => {
    settle = (error, result) => {
      if (error === null || error === undefined) resolve(result);
      else reject(error);
    };
  });
  // oxlint-disable promise/no-callback-in-promise -- Knex drives the driver by callbacks
  unit.transaction.observe(sent).then(
    (result) => callback(null, result),
    (error: unknown) => callback(error, undefined),
  );
  // oxlint-enable promise/no-callback-in-promise
  return raw.query(...args.slice(0, -1), (error: unknown, result: unknown) =>
    settle(error, result),
  );
}
