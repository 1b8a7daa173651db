import { setTimeout } from 'node:timers/promises';

import type { LeaseGrant, LoggedMessage, MessageLog, UnitOfWork } from '@tidings/core';
import {
  array,
  assert,
  asyncProperty,
  constant,
  integer,
  oneof,
  record,
  type Arbitrary,
} from 'fast-check';
import { expect, test } from 'vitest';

import { asKnexUnit } from '../src/index.ts';
import { errorOf, messageOf, type Store } from './support/stores.ts';
import { testStores } from './support/test-stores.ts';

const stores = testStores();

/** One transaction of a writer. */
interface Step {
  /** How many messages take their numbers long before the commit. */
  readonly early: number;
  /** How many are stored with the commit. */
  readonly late: number;
  /** Between the early ones and the end, in milliseconds. */
  readonly pause: number;
  readonly end: 'commit' | 'roll back' | 'fail';
}

/** How the reader follows. */
interface Reading {
  readonly sequenceLimit: number;
  readonly readLimit: number;
  /** After so many looks another process takes over. */
  readonly handOver: number;
  readonly pause: number;
}

const step: Arbitrary<Step> = record({
  early: integer({ min: 0, max: 3 }),
  late: integer({ min: 0, max: 3 }),
  pause: integer({ min: 0, max: 8 }),
  end: oneof(
    { weight: 4, arbitrary: constant('commit' as const) },
    { weight: 1, arbitrary: constant('roll back' as const) },
    { weight: 1, arbitrary: constant('fail' as const) },
  ),
});
const writers = array(array(step, { minLength: 1, maxLength: 8 }), {
  minLength: 2,
  maxLength: 6,
});
const reading: Arbitrary<Reading> = record({
  sequenceLimit: integer({ min: 1, max: 12 }),
  readLimit: integer({ min: 1, max: 12 }),
  handOver: integer({ min: 1, max: 10 }),
  pause: integer({ min: 0, max: 4 }),
});

/** Stores a message now: its number is taken, and others may take and commit later ones. */
async function insertNow(unit: UnitOfWork, id: string): Promise<void> {
  const { knex } = asKnexUnit(unit);
  await knex
    .withSchema('tidings')
    .into('messages')
    .insert({ ...messageOf(id) });
}

/** Writes one transaction after the other; the ids that were committed, in order. */
async function write(
  { persistence }: Pick<Store, 'persistence'>,
  writer: string,
  steps: readonly Step[],
): Promise<readonly string[]> {
  const committed: string[] = [];
  for (const [number, { early, late, pause, end }] of steps.entries()) {
    const ids = Array.from({ length: early + late }, (_, index) => `${writer}:${number}:${index}`);
    const unit = await persistence.begin();
    for (const id of ids.slice(0, early)) await insertNow(unit, id);
    await setTimeout(pause);
    if (end === 'fail') {
      await asKnexUnit(unit)
        .run({ text: 'select 1 / 0' })
        .catch(() => {});
    }
    const messages = ids.slice(early).map((id) => messageOf(id));
    if (end === 'roll back') await unit.rollback();
    else if ((await errorOf(unit.commit({ messages }))) === undefined) committed.push(...ids);
  }
  return committed;
}

/** Gives positions and reads on from the last one, until nothing comes any more. */
async function follow(
  nodes: readonly Pick<Store, 'persistence'>[],
  after: number,
  { sequenceLimit, readLimit, handOver, pause }: Reading,
  isWriting: () => boolean,
): Promise<readonly LoggedMessage[]> {
  const seen: LoggedMessage[] = [];
  for (let round = 0; ; round += 1) {
    const node = nodes[round % nodes.length] ?? nodes[0];
    if (node === undefined) throw new TypeError('there is no node');
    const { leases, log } = node.persistence;
    const lease = await leases.acquire('relay', `node ${round % nodes.length}`, 60_000);
    if (lease === undefined) throw new Error('the lease is not free');
    for (let look = 0; look < handOver; look += 1) {
      const wasWriting = isWriting();
      const isIdle = await readOn(log, lease, seen, after, sequenceLimit, readLimit);
      if (isIdle && !wasWriting) {
        await leases.release(lease);
        return seen;
      }
      await setTimeout(pause);
    }
    await leases.release(lease);
  }
}

async function readOn(
  log: MessageLog,
  lease: LeaseGrant,
  seen: LoggedMessage[],
  after: number,
  sequenceLimit: number,
  readLimit: number,
): Promise<boolean> {
  const sequenced = await log.sequence(lease, sequenceLimit);
  const page = await log.read(seen.at(-1)?.position ?? after, readLimit);
  seen.push(...page);
  return sequenced === 0 && page.length === 0 && !(await log.hasUnsequenced());
}

/** Whichever position a reader is at, in a run or between two, it gets what comes next. */
async function expectEveryPage(
  log: MessageLog,
  after: number,
  all: readonly LoggedMessage[],
  limit: number,
): Promise<void> {
  for (let from = 0; from <= all.length; from += 1) {
    const page = await log.read(after + from, limit);
    expect(page).toEqual(all.slice(from, from + limit));
  }
}

test('P14 whatever writers do at once, a reader by position misses nothing and keeps their order', async () => {
  const store = await stores.open();
  const nodes = [store, await stores.node(store.url)];
  let run = 0;

  await assert(
    asyncProperty(writers, reading, async (plans, how) => {
      run += 1;
      const after = await store.persistence.log.head();
      let writing = plans.length;
      const written = plans.map((steps, writer) =>
        write(store, `${run}:${writer}`, steps).finally(() => {
          writing -= 1;
        }),
      );
      const [seen, ...committed] = await Promise.all([
        follow(nodes, after, how, () => writing > 0),
        ...written,
      ]);

      const ids = seen.map(({ envelope }) => envelope.id);
      expect(seen.map(({ position }) => position)).toEqual(ids.map((_, n) => after + n + 1));
      expect(ids.toSorted()).toEqual(committed.flat().toSorted());
      for (const [writer, own] of committed.entries()) {
        expect(ids.filter((id) => id.startsWith(`${run}:${writer}:`))).toEqual(own);
      }
      await expectEveryPage(store.persistence.log, after, seen, how.readLimit);
    }),
    { numRuns: 40, endOnFailure: true },
  );

  const { rows } = await store.observer.raw<{ rows: { runs: number }[] }>(
    'select count(*)::integer as runs from tidings.log_runs',
  );
  // The plans above are of no use where they leave no gaps.
  expect(rows[0]?.runs).toBeGreaterThan(100);
});

test('an empty log has no page, wherever a reader believes to be', async () => {
  const { persistence } = await stores.open();
  const lease = await persistence.leases.acquire('relay', 'node', 60_000);
  if (lease === undefined) throw new Error('the lease is not free');

  expect(await persistence.log.sequence(lease, 10)).toBe(0);
  expect(await persistence.log.head()).toBe(0);
  expect(await persistence.log.read(0, 10)).toEqual([]);
  expect(await persistence.log.read(7, 10)).toEqual([]);
});

test('runs begin at gaps and at late numbers, and go on where numbers do', async () => {
  const { observer, persistence } = await stores.open();
  const lease = await persistence.leases.acquire('relay', 'node', 60_000);
  if (lease === undefined) throw new Error('the lease is not free');
  const commit = async (...ids: readonly string[]): Promise<void> => {
    const unit = await persistence.begin();
    await unit.commit({ messages: ids.map((id) => messageOf(id)) });
  };
  const sequenced = async (): Promise<number> => persistence.log.sequence(lease, 10);

  await commit('a', 'b');
  expect(await sequenced()).toBe(2);
  const late = await persistence.begin();
  await insertNow(late, 'late');
  const gone = await persistence.begin();
  await insertNow(gone, 'gone');
  await gone.rollback();
  await commit('c', 'd');
  expect(await sequenced()).toBe(2);
  await commit('e');
  await late.commit({ messages: [] });
  expect(await sequenced()).toBe(2);
  await commit('f');
  expect(await sequenced()).toBe(1);

  const page = await persistence.log.read(0, 100);
  expect(page.map(({ position, envelope }) => [position, envelope.id])).toEqual(
    ['a', 'b', 'c', 'd', 'late', 'e', 'f'].map((id, n) => [n + 1, id]),
  );
  // a b | c d | late | e f
  expect(
    await observer
      .withSchema('tidings')
      .from('log_runs')
      .orderBy('first_position')
      .pluck('first_position'),
  ).toEqual(['1', '3', '5', '6']);
  await expectEveryPage(persistence.log, 0, page, 2);
  await expectEveryPage(persistence.log, 0, page, 5);
});
