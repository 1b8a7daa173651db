import { expect, test } from 'vitest';

import { PgSession, type PgConnection } from '../src/connection/pg-session.ts';
import type { Session, StatementResult } from '../src/connection/session.ts';
import { Transaction } from '../src/connection/transaction.ts';

/** A session on which nothing is ever answered, not even after it is cut. */
class DeafSession implements Session {
  readonly connection = {};
  readonly backendId = undefined;
  readonly tellsTag = true;
  readonly transaction = undefined;
  lost = false;

  run(): Promise<StatementResult> {
    return new Promise(() => {});
  }

  send(): void {}

  script(): Promise<void> {
    return new Promise(() => {});
  }

  destroy(): void {
    this.lost = true;
  }
}

test('a rollback has an end although no statement ever has one, and cuts the connection', async () => {
  const session = new DeafSession();
  const transaction = new Transaction(session);
  void transaction.run({ text: 'select 1' });

  await transaction.rollback();

  expect(session.lost).toBe(true);
});

test.each([
  ['is given up some time where the connection has no time limit', undefined, 120_000],
  ['goes by the time limit of the connection', 5000, undefined],
])('a statement %s', async (_, limit, expected) => {
  const asked: { query_timeout?: number }[] = [];
  const connection: PgConnection = {
    connectionParameters: limit === undefined ? {} : { query_timeout: limit },
    query(config, callback) {
      asked.push(typeof config === 'string' ? {} : config);
      callback(null, { rows: [], rowCount: 0, command: 'SELECT' });
    },
    listenerCount: () => 1,
    on: () => {},
  };

  await new PgSession(connection).run({ text: 'select 1' });

  expect(asked.map(({ query_timeout }) => query_timeout)).toEqual([expected]);
});
