import type { UnitOfWork } from '@tidings/core';
import { expect } from 'vitest';

import { eventually } from '../../eventually.ts';
import {
  addLedger,
  deliveryOf,
  entriesOf,
  inUnit,
  loggedIds,
  messageOf,
  outcomeOf,
  type PersistenceRow,
} from './helpers.ts';
import { Ledger } from './ledger.ts';

/** P1–P7: a unit of work is all or nothing, whatever happens to it. */
export const unitOfWorkRows: readonly PersistenceRow[] = [
  {
    id: 'P1',
    title: 'a commit makes state, messages and the inbox record visible together',
    async run(fixture) {
      const { persistence } = fixture;
      await inUnit(
        fixture,
        async (ledgers, unit) => {
          await unit.receive(deliveryOf('views', 'm0'));
          await ledgers.add(new Ledger('l1').enter('a'));
          expect(unit.recorded()).toMatchObject([
            {
              event: { type: 'conformance.Entered', data: { entry: 'a' } },
              aggregateId: 'l1',
              aggregateVersion: 1,
            },
          ]);
        },
        [messageOf('m1'), messageOf('m2')],
      );
      expect(await entriesOf(fixture, 'l1')).toEqual(['a']);
      expect(await loggedIds(persistence)).toEqual(['m1', 'm2']);
      expect(await persistence.inbox.applied('views', ['m0'])).toEqual(['m0']);
    },
  },
  {
    id: 'P1',
    title: 'another node that looks all the time sees all of a commit or nothing',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const { persistence, repository } = fixture;
      const observer = { persistence: await fixture.second(), repository };
      const unit = await persistence.begin();
      await unit.receive(deliveryOf('views', 'm0'));
      await repository(unit).add(new Ledger('l1', 0, ['a']));
      await repository(unit).add(new Ledger('l2', 0, ['b']));
      const look = async (): Promise<string> =>
        inUnit(observer, async (ledgers) => {
          const first = await ledgers.get('l1');
          const second = await ledgers.get('l2');
          return `${first !== undefined} ${second !== undefined}`;
        });
      expect(await look()).toBe('false false');
      expect(await observer.persistence.log.hasUnsequenced()).toBe(false);
      const commit = unit.commit({ messages: [messageOf('m1')] });
      const seen = new Set<string>();
      await eventually(async () => {
        // Only the second one may already be there: the first was read before it.
        const state = await look();
        seen.add(state);
        return state === 'true true';
      });
      await commit;
      expect(seen.has('true false')).toBe(false);
      expect(await observer.persistence.log.hasUnsequenced()).toBe(true);
    },
  },
  {
    id: 'P2',
    title: 'a unit that is rolled back leaves nothing, and the next one works',
    async run(fixture) {
      const { persistence } = fixture;
      const failed = inUnit(
        fixture,
        async (ledgers, unit) => {
          await unit.receive(deliveryOf('views', 'm0', 'k'));
          await unit.claimIntent({ id: 'i1', fingerprint: 'f' });
          await ledgers.add(new Ledger('l1', 0, ['a']));
          throw new TypeError('the handler failed');
        },
        [messageOf('m1')],
      );
      await expect(failed).rejects.toThrow(TypeError);
      expect(await entriesOf(fixture, 'l1')).toBeUndefined();
      expect(await loggedIds(persistence)).toEqual([]);
      expect(await persistence.inbox.applied('views', ['m0'])).toEqual([]);
      await addLedger(fixture, 'l1', 'b');
      expect(await entriesOf(fixture, 'l1')).toEqual(['b']);
    },
  },
  {
    id: 'P2',
    title: 'a unit that nobody ends shows nothing to others',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const { repository } = fixture;
      const abandoned = await fixture.persistence.begin();
      await repository(abandoned).add(new Ledger('l1', 0, ['a']));
      const persistence = await fixture.second();
      expect(await entriesOf({ persistence, repository }, 'l1')).toBeUndefined();
      expect(await loggedIds(persistence)).toEqual([]);
      await abandoned.rollback();
    },
  },
  {
    id: 'P3',
    title: 'a COMMIT that fails is an error to the caller every time, and nothing is saved',
    needs: ['commitFaults'],
    async run(fixture) {
      expect(fixture.commitFaults?.length).toBeGreaterThan(0);
      for (const { name, provoke } of fixture.commitFaults ?? []) {
        const unit = await fixture.persistence.begin();
        await fixture.repository(unit).add(new Ledger(name, 0, ['a']));
        await provoke(unit);
        const outcome = await outcomeOf(unit.commit({ messages: [messageOf(name)] }));
        const entries = await entriesOf(fixture, name);
        expect({ name, outcome, state: unit.state, entries }).toEqual({
          name,
          outcome: {
            error: expect.objectContaining({
              code: expect.stringMatching(/^TIDINGS_/) as string,
            }) as Error,
          },
          state: 'rolled-back',
          entries: undefined,
        });
      }
      expect(await loggedIds(fixture.persistence)).toEqual([]);
    },
  },
  {
    id: 'P4',
    title:
      'an error of the store that the handler swallows makes the commit fail, and nothing is saved',
    needs: ['statementErrors'],
    async run(fixture) {
      const unit = await fixture.persistence.begin();
      await fixture.repository(unit).add(new Ledger('l1', 0, ['a']));
      const swallowed = await outcomeOf(fixture.failStatement?.(unit) ?? Promise.resolve());
      expect(swallowed).toHaveProperty('error');
      await expect(unit.commit({ messages: [messageOf('m1')] })).rejects.toMatchObject({
        code: 'TIDINGS_COMMIT_FAILED',
      });
      expect(await entriesOf(fixture, 'l1')).toBeUndefined();
      expect(await loggedIds(fixture.persistence)).toEqual([]);
    },
  },
  {
    id: 'P5',
    title: 'when the reply to COMMIT is lost the outcome is found out, or said to be unknown',
    needs: ['lostCommitReply'],
    async run(fixture) {
      const unit = await fixture.persistence.begin();
      await fixture.repository(unit).add(new Ledger('l1', 0, ['a']));
      await fixture.loseCommitReply?.(unit);
      const outcome = await outcomeOf(unit.commit({ messages: [messageOf('m1')] }));
      // The store had committed: to say that nothing was saved would make the caller do it twice.
      if ('error' in outcome)
        expect(outcome.error).toMatchObject({ code: 'TIDINGS_COMMIT_UNKNOWN' });
      expect(await entriesOf(fixture, 'l1')).toEqual(['a']);
      expect(await loggedIds(fixture.persistence)).toEqual(['m1']);
    },
  },
  {
    id: 'P6',
    title: 'what fails in a savepoint is undone, and the unit can commit the rest',
    async run(fixture) {
      await addLedger(fixture, 'l1');
      await inUnit(fixture, async (ledgers, unit) => {
        const outer = (await ledgers.require('l1')).enter('outer');
        const inner = unit.savepoint(async () => {
          await ledgers.add(new Ledger('l2').enter('inner'));
          outer.mention('inner');
          throw new TypeError('the inner work failed');
        });
        await expect(inner).rejects.toThrow(TypeError);
        expect(unit.recorded().map(({ event }) => event.data)).toEqual([{ entry: 'outer' }]);
        const kept = await unit.savepoint(async () => {
          await ledgers.add(new Ledger('l3', 0, ['kept']));
          return 'result';
        });
        expect(kept).toBe('result');
      });
      expect(await entriesOf(fixture, 'l1')).toEqual(['outer']);
      expect(await entriesOf(fixture, 'l2')).toBeUndefined();
      expect(await entriesOf(fixture, 'l3')).toEqual(['kept']);
    },
  },
  {
    id: 'P6',
    title: 'an aggregate first loaded in a failed savepoint is not saved as it was changed there',
    async run(fixture) {
      await addLedger(fixture, 'l1', 'a');
      await inUnit(fixture, async (ledgers, unit) => {
        const failing = unit.savepoint(async () => {
          (await ledgers.require('l1')).enter('inner');
          throw new TypeError('the inner work failed');
        });
        await expect(failing).rejects.toThrow(TypeError);
        expect((await ledgers.require('l1')).entries).toEqual(['a']);
      });
      expect(await entriesOf(fixture, 'l1')).toEqual(['a']);
    },
  },
  {
    id: 'P6',
    title: 'an error of the store that fails a savepoint is contained in it',
    needs: ['statementErrors'],
    async run(fixture) {
      await inUnit(fixture, async (ledgers, unit) => {
        await ledgers.add(new Ledger('l1', 0, ['a']));
        const failing = unit.savepoint(async () => fixture.failStatement?.(unit));
        expect(await outcomeOf(failing)).toHaveProperty('error');
      });
      expect(await entriesOf(fixture, 'l1')).toEqual(['a']);
    },
  },
  {
    id: 'P7',
    title:
      'a unit that has ended refuses every use with a clear error, and a second rollback is nothing',
    async run(fixture) {
      for (const end of [
        (unit: UnitOfWork) => unit.commit({ messages: [] }),
        (unit: UnitOfWork) => unit.rollback(),
      ]) {
        const unit = await fixture.persistence.begin();
        const ledgers = fixture.repository(unit);
        await end(unit);
        const state = unit.state;
        await unit.rollback();
        await unit.rollback();
        expect(unit.state).toBe(state);
        const uses: (() => unknown)[] = [
          () => unit.receive(deliveryOf('views', 'm0')),
          () => unit.claimIntent({ id: 'i1', fingerprint: 'f' }),
          () => unit.recorded(),
          () => unit.savepoint(async () => {}),
          () => unit.commit({ messages: [] }),
          () => ledgers.get('l1'),
          () => ledgers.add(new Ledger('l1')),
        ];
        for (const use of uses) {
          expect(await outcomeOf((async () => use())())).toMatchObject({
            error: { code: 'TIDINGS_UNIT_OF_WORK_ENDED' },
          });
        }
        expect(unit.state).toBe(state);
      }
    },
  },
  {
    id: 'P7',
    title: 'a unit is not opened for a caller who has given up, who is told their own reason',
    async run(fixture) {
      const reason = new TypeError('the caller has gone');
      const signal = AbortSignal.abort(reason);
      const beginning = (async () => fixture.persistence.begin({ signal }))();
      expect(await outcomeOf(beginning)).toEqual({ error: reason });
      const kept = new AbortController();
      const unit = await fixture.persistence.begin({ signal: kept.signal });
      kept.abort(reason);
      await unit.commit({ messages: [messageOf('m1')] });
      expect(await loggedIds(fixture.persistence)).toEqual(['m1']);
    },
  },
  {
    id: 'P7',
    title: 'two units at once do not see or end each other',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const { persistence, repository } = fixture;
      const [left, right] = await Promise.all([persistence.begin(), persistence.begin()]);
      await repository(left).add(new Ledger('left').enter('l'));
      await repository(right).add(new Ledger('right').enter('r'));
      expect(left.recorded().map(({ aggregateId }) => aggregateId)).toEqual(['left']);
      await left.rollback();
      expect(right.state).toBe('open');
      await right.commit({ messages: [messageOf('m-right')] });
      expect(await entriesOf(fixture, 'left')).toBeUndefined();
      expect(await entriesOf(fixture, 'right')).toEqual(['r']);
    },
  },
];
