import type { Envelope, OutgoingMessage, PublishError } from '@tidings/core';
import { CollectingLogger, eventually } from '@tidings/testing';
import { expect, test } from 'vitest';

import type { Database } from '../database/database.ts';
import type { Row, Statement } from '../database/statement.ts';
import { Schema } from '../schema/schema.ts';
import { Publisher } from './publisher.ts';

/** A database that answers when the test says so. */
class HeldDatabase {
  readonly statements: Statement[] = [];
  #answers: { resolve: (rows: readonly Row[]) => void; reject: (error: unknown) => void }[] = [];

  run(statement: Statement): Promise<readonly Row[]> {
    this.statements.push(statement);
    return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }));
  }

  take(rows: readonly Row[] = []): void {
    this.#answers.shift()?.resolve(rows);
  }

  fail(): void {
    this.#answers.shift()?.reject(new Error('Connection terminated'));
  }

  /** The ids of the messages of each statement. */
  get ids(): readonly (readonly string[])[] {
    return this.statements.map(({ values }) =>
      String(values.at(-1))
        .split('\u{1E}')
        .map((text) => (JSON.parse(text) as Envelope).id),
    );
  }
}

function messageOf(id: string, partitionkey?: string): OutgoingMessage {
  const envelope = { id, kind: 'event', type: 't', ...(partitionkey && { partitionkey }) };
  return { envelope: envelope as Envelope, republished: false };
}

function publisherOn(database: HeldDatabase): Publisher {
  return new Publisher({
    database: database as unknown as Database,
    schema: new Schema('test'),
    consumer: 'me',
    lockTimeoutMs: 100,
    onArrivals: () => {},
    logger: new CollectingLogger(),
  });
}

/** What became of a call: `taken`, or the ids and kinds of its failures. */
async function outcomeOf(published: Promise<void>): Promise<unknown> {
  try {
    await published;
    return 'taken';
  } catch (error) {
    return (error as PublishError).failures.map(({ messageId, kind }) => [messageId, kind]);
  }
}

test('what comes while a batch is under way is the next batch, in the order of the calls', async () => {
  const database = new HeldDatabase();
  const publisher = publisherOn(database);
  const published = [
    publisher.publish([messageOf('a'), messageOf('b')]),
    publisher.publish([messageOf('c')]),
    publisher.publish([messageOf('d')]),
  ];
  database.take();
  await eventually(() => database.statements.length === 2);
  database.take();
  expect(await Promise.all(published.map(outcomeOf))).toEqual(['taken', 'taken', 'taken']);
  expect(database.ids).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('a call that is larger than a batch is taken in several', async () => {
  const database = new HeldDatabase();
  const published = publisherOn(database).publish(
    Array.from({ length: 2500 }, (_, n) => messageOf(`${n}`)),
  );
  for (const count of [1, 2, 3]) {
    await eventually(() => database.statements.length === count);
    database.take();
  }
  expect(await outcomeOf(published)).toBe('taken');
  expect(database.ids.map(({ length }) => length)).toEqual([1000, 1000, 500]);
});

test('when a batch is not taken, what waits behind it is not either, and nothing of its keys before that is known', async () => {
  const database = new HeldDatabase();
  const publisher = publisherOn(database);
  const outcomes: Promise<unknown>[] = [];
  const publish = (...messages: readonly OutgoingMessage[]): void => {
    outcomes.push(outcomeOf(publisher.publish(messages)));
  };
  publish(messageOf('a1', 'a'));
  publish(messageOf('a2', 'a'), messageOf('b1', 'b'));
  database.fail();
  await Promise.resolve();
  await Promise.resolve();
  publish(messageOf('b2', 'b'));
  publish(messageOf('c1', 'c'));
  await new Promise((resolve) => setImmediate(resolve));
  publish(messageOf('a3', 'a'));
  await eventually(() => database.statements.length === 2);
  database.take();
  await eventually(() => database.statements.length === 3);
  database.take();
  expect(await Promise.all(outcomes)).toEqual([
    [['a1', 'unconfirmed']],
    [
      ['a2', 'unconfirmed'],
      ['b1', 'unconfirmed'],
    ],
    [['b2', 'unconfirmed']],
    'taken',
    'taken',
  ]);
  expect(database.ids).toEqual([['a1'], ['c1'], ['a3']]);
});

test('of a batch that was taken, only commands that nobody takes have failed', async () => {
  const database = new HeldDatabase();
  const published = publisherOn(database).publish([messageOf('a'), messageOf('b')]);
  database.take([{ subscription: null, partitions: null, shared: null, unroutable: 2 }]);
  expect(await outcomeOf(published)).toEqual([['b', 'unroutable']]);
});

test('after closing nothing is taken, and what waits is not either', async () => {
  const database = new HeldDatabase();
  const publisher = publisherOn(database);
  const first = publisher.publish([messageOf('a')]);
  const second = outcomeOf(publisher.publish([messageOf('b')]));
  const closed = publisher.close();
  database.take();
  await closed;
  expect(await outcomeOf(first)).toBe('taken');
  expect(await second).toEqual([['b', 'unconfirmed']]);
  expect(await outcomeOf(publisher.publish([messageOf('c')]))).toEqual([['c', 'unconfirmed']]);
  expect(database.ids).toEqual([['a']]);
});
