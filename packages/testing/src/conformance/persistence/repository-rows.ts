import { isDeepStrictEqual } from 'node:util';

import { ConcurrencyError } from '@tidings/core';
import type { UnitOfWork } from '@tidings/core';
import { expect } from 'vitest';

import {
  addLedger,
  entriesOf,
  inUnit,
  messageOf,
  outcomeOf,
  readLog,
  type PersistenceRow,
} from './helpers.ts';
import { Ledger } from './ledger.ts';

/** Values that stores are known to change, each with the path that a refusal has to name. */
const ODD_VALUES: readonly (readonly [name: string, value: unknown])[] = [
  ['a NUL character', 'a\0b'],
  ['a NUL character in a key', { 'a\0b': 1 }],
  ['half a surrogate pair', 'a\uD800b'],
  ['the key __proto__', JSON.parse('{"__proto__": {"polluted": true}}')],
  ['the key constructor', { constructor: 'x' }],
  ['a bigint', 2n ** 64n],
  ['a Date', new Date(0)],
  ['-0', -0],
  ['infinity, as which 1e400 is read', Number.POSITIVE_INFINITY],
  ['NaN', Number.NaN],
  ['an integer beyond 2^53', 2 ** 60],
  ['the smallest number', 5e-324],
  ['emoji and other scripts', 'naïve 日本語 👩‍👩‍👧‍👦 \u202E'],
  ['an empty string and an empty key', { '': '' }],
  ['null and nested emptiness', [null, [], {}, [[]]]],
  ['quotes, backslashes and line breaks', '\'"\\\r\n\t$1 ? :name'],
];

async function expectOneToCommit(units: readonly UnitOfWork[]): Promise<void> {
  const outcomes = await Promise.all(units.map((unit) => outcomeOf(unit.commit({ messages: [] }))));
  expect(outcomes.filter((outcome) => 'value' in outcome)).toHaveLength(1);
  expect(outcomes.find((outcome) => 'error' in outcome)).toMatchObject({
    error: { code: 'TIDINGS_CONCURRENCY' },
  });
}

/** P8–P10: repositories load and save aggregates, and lose none of their changes. */
export const repositoryRows: readonly PersistenceRow[] = [
  {
    id: 'P8',
    title: 'an aggregate is loaded, changed and saved as exactly the next version',
    async run(fixture) {
      await inUnit(fixture, async (ledgers, unit) => {
        const ledger = new Ledger('l1').enter('a').enter('b');
        await ledgers.add(ledger);
        expect(unit.recorded().map(({ aggregateVersion }) => aggregateVersion)).toEqual([1, 1]);
      });
      await inUnit(fixture, async (ledgers) => {
        const ledger = await ledgers.require('l1');
        expect(ledger.version).toBe(1);
        expect(ledger.recordedEvents).toEqual([]);
        ledger.enter('c').keep('d');
      });
      await inUnit(fixture, async (ledgers) => {
        const ledger = await ledgers.require('l1');
        expect(ledger.version).toBe(2);
        expect(ledger.entries).toEqual(['a', 'b', 'c', 'd']);
      });
    },
  },
  {
    id: 'P8',
    title:
      'an aggregate that did not change keeps its version, one that only recorded an event does not',
    async run(fixture) {
      await addLedger(fixture, 'l1', 'a');
      await addLedger(fixture, 'l2', 'a');
      await inUnit(fixture, async (ledgers, unit) => {
        await ledgers.require('l1');
        (await ledgers.require('l2')).mention('b');
        expect(unit.recorded().map(({ aggregateVersion }) => aggregateVersion)).toEqual([2]);
      });
      await inUnit(fixture, async (ledgers) => {
        expect((await ledgers.require('l1')).version).toBe(1);
        expect((await ledgers.require('l2')).version).toBe(2);
      });
    },
  },
  {
    id: 'P8',
    title: 'a saved aggregate knows its version and has no recorded event left',
    async run(fixture) {
      const ledger = new Ledger('l1').enter('a');
      await inUnit(fixture, (ledgers) => ledgers.add(ledger));
      expect(ledger.version).toBe(1);
      expect(ledger.recordedEvents).toEqual([]);
    },
  },
  {
    id: 'P8',
    title: 'one unit gets one instance of an aggregate, another unit another',
    async run(fixture) {
      await addLedger(fixture, 'l1', 'a');
      const first = await inUnit(fixture, async (ledgers) => {
        const ledger = await ledgers.require('l1');
        expect(await ledgers.get('l1')).toBe(ledger);
        return ledger;
      });
      first.keep('after the end');
      await inUnit(fixture, async (ledgers) => {
        const second = await ledgers.require('l1');
        expect(second).not.toBe(first);
        expect(second.entries).toEqual(['a']);
      });
    },
  },
  {
    id: 'P8',
    title: 'an aggregate that is not there is undefined to get and a typed error to require',
    async run(fixture) {
      await inUnit(fixture, async (ledgers) => {
        expect(await ledgers.get('nobody')).toBeUndefined();
        await expect(ledgers.require('nobody')).rejects.toMatchObject({
          code: 'TIDINGS_AGGREGATE_NOT_FOUND',
        });
      });
    },
  },
  {
    id: 'P8',
    title: 'an aggregate that was removed is gone, and its id can be used again',
    async run(fixture) {
      await addLedger(fixture, 'l1', 'a');
      await inUnit(fixture, async (ledgers) => {
        await ledgers.remove(await ledgers.require('l1'));
      });
      expect(await entriesOf(fixture, 'l1')).toBeUndefined();
      await addLedger(fixture, 'l1', 'b');
      expect(await entriesOf(fixture, 'l1')).toEqual(['b']);
    },
  },
  {
    id: 'P9',
    title: 'of two writers from one version one wins and the other gets ConcurrencyError',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const { persistence, repository } = fixture;
      await addLedger(fixture, 'l1');
      const units = await Promise.all([persistence.begin(), persistence.begin()]);
      for (const [index, unit] of units.entries()) {
        (await repository(unit).require('l1')).enter(`writer ${index}`);
      }
      const outcomes = await Promise.all(
        units.map((unit, index) => outcomeOf(unit.commit({ messages: [messageOf(`m${index}`)] }))),
      );
      const winner = outcomes.findIndex((outcome) => 'value' in outcome);
      const loser = outcomes.find((outcome) => 'error' in outcome);
      expect(loser).toMatchObject({ error: { code: 'TIDINGS_CONCURRENCY', transient: true } });
      expect(units.map(({ state }) => state).toSorted()).toEqual(['committed', 'rolled-back']);
      expect(await entriesOf(fixture, 'l1')).toEqual([`writer ${winner}`]);
      expect((await readLog(persistence)).map(({ envelope }) => envelope.id)).toEqual([
        `m${winner}`,
      ]);
    },
  },
  {
    id: 'P9',
    title: 'of two who add one id, and of two who remove it, one wins',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const { persistence, repository } = fixture;
      const adding = await Promise.all([persistence.begin(), persistence.begin()]);
      for (const unit of adding) await repository(unit).add(new Ledger('l1', 0, ['a']));
      await expectOneToCommit(adding);
      const removing = await Promise.all([persistence.begin(), persistence.begin()]);
      for (const unit of removing) {
        const ledgers = repository(unit);
        await ledgers.remove(await ledgers.require('l1'));
      }
      await expectOneToCommit(removing);
    },
  },
  {
    id: 'P9',
    title: 'eight writers who repeat what lost lose no update',
    needs: ['concurrentUnits'],
    timeoutMs: 30_000,
    async run(fixture) {
      await addLedger(fixture, 'l1');
      const enter = async (entry: number): Promise<void> => {
        const outcome = await outcomeOf(
          inUnit(fixture, async (ledgers) => {
            (await ledgers.require('l1')).enter(entry);
            await Promise.resolve();
          }),
        );
        if (!('error' in outcome)) return;
        if (!(outcome.error instanceof ConcurrencyError)) throw outcome.error;
        await enter(entry);
      };
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let round = 0; round < 5; round += 1) await enter(writer * 5 + round);
      });
      await Promise.all(writers);
      const entries = (await entriesOf(fixture, 'l1')) as readonly number[];
      expect(entries.toSorted((left, right) => left - right)).toEqual(
        Array.from({ length: 40 }, (_, n) => n),
      );
    },
  },
  {
    id: 'P10',
    title: 'odd data comes back as it was, or is refused by name and nothing is saved',
    async run(fixture) {
      for (const [name, value] of ODD_VALUES) {
        const outcome = await outcomeOf(addLedger(fixture, name, 'before', value));
        const entries = await entriesOf(fixture, name);
        if ('error' in outcome) {
          expect({ name, error: outcome.error, entries }).toMatchObject({
            name,
            error: {
              code: 'TIDINGS_UNSTORABLE_VALUE',
              message: expect.stringContaining('entries[1]') as string,
            },
            entries: undefined,
          });
        } else {
          const isAsBefore = isDeepStrictEqual(entries, ['before', value]);
          expect({ name, isAsBefore }).toEqual({ name, isAsBefore: true });
        }
      }
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    },
  },
  {
    id: 'P10',
    title: 'the body of a message is kept byte for byte',
    async run(fixture) {
      const bodies = [
        '"\\u0000"',
        '"\\ud800"',
        '{"a":1,"a":2}',
        '1e400',
        ' { "b" : [1.0, -0] } ',
        '"\u2028 👩‍👩‍👧"',
        '""',
        JSON.stringify({ text: 'x'.repeat(200_000) }),
      ];
      await inUnit(
        fixture,
        () => {},
        bodies.map((body, index) => messageOf(`m${index}`, { body })),
      );
      expect((await readLog(fixture.persistence)).map(({ envelope }) => envelope.body)).toEqual(
        bodies,
      );
    },
  },
];
