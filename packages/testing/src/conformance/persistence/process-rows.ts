import type { Envelope, ProcessInstance, ProcessPage, UnitOfWork } from '@tidings/core';
import { expect } from 'vitest';

import {
  deliveryOf,
  inUnit,
  loggedIds,
  messageOf,
  outcomeOf,
  type PersistenceRow,
} from './helpers.ts';
import { twoUnits } from './inbox-rows.ts';
import type { PersistenceFixture } from './persistence-harness.ts';

/** An instance that starts. */
function started(key: string, attributes: Partial<ProcessInstance> = {}): ProcessInstance {
  return {
    process: 'orders',
    key,
    instanceId: `first of ${key}`,
    version: 0,
    state: '{"step":1}',
    stateVersion: 1,
    timeouts: {},
    ...attributes,
  };
}

const load = (
  fixture: PersistenceFixture,
  key: string,
  process = 'orders',
): Promise<ProcessInstance | undefined> =>
  inUnit(fixture, (_, unit) => unit.processes.load(process, key));

async function required(fixture: PersistenceFixture, key: string): Promise<ProcessInstance> {
  const instance = await load(fixture, key);
  if (instance === undefined) throw new Error(`no instance has the key ${key}`);
  return instance;
}

const change = (
  fixture: PersistenceFixture,
  work: (unit: UnitOfWork) => void,
  messages: readonly Envelope[] = [],
): Promise<void> => inUnit(fixture, (_, unit) => work(unit), messages);

const save = (fixture: PersistenceFixture, ...instances: ProcessInstance[]): Promise<void> =>
  change(fixture, (unit) => {
    for (const instance of instances) unit.processes.save(instance);
  });

const complete = (fixture: PersistenceFixture, instance: ProcessInstance): Promise<void> =>
  change(fixture, (unit) => unit.processes.complete(instance));

const conflict = expect.objectContaining({ code: 'TIDINGS_CONCURRENCY' }) as Error;

/** P22–P26: instances of processes are one for each key, and change with their unit or not at all. */
export const processRows: readonly PersistenceRow[] = [
  {
    id: 'P22',
    title: 'of two units that start an instance with one key at the same time one commits',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const units = await twoUnits(fixture);
      for (const unit of units) {
        expect(await unit.processes.load('orders', 'k')).toBeUndefined();
      }
      const commits = units.map(async (unit, index) => {
        unit.processes.save(started('k', { instanceId: `of unit ${index}` }));
        await unit.commit({ messages: [messageOf(`of unit ${index}`)] });
        return `of unit ${index}`;
      });
      const outcomes = await Promise.all(commits.map(outcomeOf));
      const [winner] = outcomes.flatMap((outcome) => ('value' in outcome ? [outcome.value] : []));
      expect(outcomes).toContainEqual({ error: conflict });
      expect(await required(fixture, 'k')).toMatchObject({ instanceId: winner, version: 1 });
      expect(await loggedIds(fixture.persistence)).toEqual([winner]);
    },
  },
  {
    id: 'P22',
    title: 'an instance is not started where one runs, and what was to be stored with it is not',
    async run(fixture) {
      await save(fixture, started('k'));
      const again = change(
        fixture,
        ({ processes }) => processes.save(started('k', { instanceId: 'another' })),
        [messageOf('m1')],
      );
      await expect(again).rejects.toEqual(conflict);
      expect((await required(fixture, 'k')).instanceId).toBe('first of k');
      expect(await loggedIds(fixture.persistence)).toEqual([]);
    },
  },
  {
    id: 'P23',
    title: 'an instance comes back as it was saved, each time in its next version',
    async run(fixture) {
      const timeouts = { reminder: 'm7', 'given up': 'm8' };
      const state = '{"text":"\\" \\\\ é 🎉","list":[1,2.5,null,true],"nested":{"n":-1}}';
      await save(fixture, started('k', { state, timeouts, stateVersion: 3 }));
      const first = await required(fixture, 'k');
      expect({ ...first, state: JSON.parse(first.state) as unknown }).toMatchObject({
        ...started('k', { timeouts, stateVersion: 3, version: 1 }),
        state: JSON.parse(state) as unknown,
      });
      await save(fixture, { ...first, state: '{"step":2}', timeouts: {}, stateVersion: 4 });
      const second = await required(fixture, 'k');
      expect(JSON.parse(second.state)).toEqual({ step: 2 });
      expect(second).toMatchObject({ version: 2, timeouts: {}, stateVersion: 4 });
      expect(second.instanceId).toBe(first.instanceId);
    },
  },
  {
    id: 'P23',
    title:
      'who saves or completes an instance that has changed meanwhile loses, with all of the unit',
    async run(fixture) {
      await save(fixture, started('k'));
      const stale = await required(fixture, 'k');
      await save(fixture, { ...stale, state: '{"step":2}' });
      const changes: ((unit: UnitOfWork) => void)[] = [
        ({ processes }) => processes.save({ ...stale, state: '{"step":9}' }),
        ({ processes }) => processes.complete(stale),
      ];
      for (const lose of changes) {
        const losing = inUnit(
          fixture,
          async (_, unit) => {
            await unit.receive(deliveryOf('orders', 'm1'));
            lose(unit);
          },
          [messageOf('m2')],
        );
        await expect(losing).rejects.toEqual(conflict);
      }
      expect(JSON.parse((await required(fixture, 'k')).state)).toEqual({ step: 2 });
      expect(await loggedIds(fixture.persistence)).toEqual([]);
      expect(await fixture.persistence.inbox.applied('orders', ['m1'])).toEqual([]);
    },
  },
  {
    id: 'P23',
    title: 'of units that change an instance at the same time one commits, whatever each does',
    needs: ['concurrentUnits'],
    async run(fixture) {
      for (const completes of [false, true]) {
        await save(fixture, started(`k ${completes}`));
        const units = await twoUnits(fixture);
        const instances = await Promise.all(
          units.map((unit) => unit.processes.load('orders', `k ${completes}`)),
        );
        const commits = units.map(async (unit, index) => {
          const instance = instances[index];
          if (instance === undefined) throw new Error('the instance has gone');
          if (completes && index === 0) unit.processes.complete(instance);
          else unit.processes.save({ ...instance, state: `{"by":${index}}` });
          await unit.commit({ messages: [messageOf(`${completes} ${index}`)] });
        });
        const outcomes = await Promise.all(commits.map(outcomeOf));
        expect(outcomes.filter((outcome) => 'error' in outcome)).toEqual([{ error: conflict }]);
      }
      expect(await loggedIds(fixture.persistence)).toHaveLength(2);
    },
  },
  {
    id: 'P24',
    title: 'the key of an instance that is complete is free for a new one',
    async run(fixture) {
      await save(fixture, started('k'));
      await complete(fixture, await required(fixture, 'k'));
      expect(await load(fixture, 'k')).toBeUndefined();
      await save(fixture, started('k', { instanceId: 'second of k' }));
      expect(await required(fixture, 'k')).toMatchObject({ instanceId: 'second of k', version: 1 });
    },
  },
  {
    id: 'P24',
    title: 'instances of two processes with the same key have nothing to do with each other',
    async run(fixture) {
      const other = started('k', { process: 'payments', state: '{"other":true}' });
      await save(fixture, started('k'), other);
      await complete(fixture, await required(fixture, 'k'));
      const kept = await load(fixture, 'k', 'payments');
      expect(JSON.parse(kept?.state ?? '')).toEqual({ other: true });
    },
  },
  {
    id: 'P25',
    title: 'several instances, the inbox and messages are saved together, or none of them',
    async run(fixture) {
      const { persistence } = fixture;
      const both = (version: number): Promise<void> =>
        inUnit(
          fixture,
          async (_, unit) => {
            await unit.receive(deliveryOf('orders', 'm1'));
            unit.processes.save(started('new'));
            unit.processes.save(started('known', { version }));
          },
          [messageOf('m2')],
        );
      await save(fixture, started('known'));
      await expect(both(7)).rejects.toEqual(conflict);
      expect(await load(fixture, 'new')).toBeUndefined();
      expect(await loggedIds(persistence)).toEqual([]);
      expect(await persistence.inbox.applied('orders', ['m1'])).toEqual([]);
      await both(1);
      expect(await required(fixture, 'new')).toMatchObject({ version: 1 });
      expect(await required(fixture, 'known')).toMatchObject({ version: 2 });
      expect(await loggedIds(persistence)).toEqual(['m2']);
      expect(await persistence.inbox.applied('orders', ['m1'])).toEqual(['m1']);
    },
  },
  {
    id: 'P25',
    title: 'the last change to an instance counts, and what changed in a failed savepoint does not',
    async run(fixture) {
      await inUnit(fixture, async (_, unit) => {
        unit.processes.save(started('k'));
        const failing = unit.savepoint(async () => {
          unit.processes.save(started('k', { state: '{"step":9}' }));
          unit.processes.save(started('inner'));
          throw new TypeError('the inner work failed');
        });
        await expect(failing).rejects.toThrow(TypeError);
        unit.processes.save(started('twice'));
        unit.processes.save(started('twice', { state: '{"step":2}' }));
      });
      expect(JSON.parse((await required(fixture, 'k')).state)).toEqual({ step: 1 });
      expect(JSON.parse((await required(fixture, 'twice')).state)).toEqual({ step: 2 });
      expect(await load(fixture, 'inner')).toBeUndefined();
    },
  },
  {
    id: 'P25',
    title: 'a unit that is rolled back, or has ended, changes no instance',
    async run(fixture) {
      const unit = await fixture.persistence.begin();
      const { processes } = unit;
      processes.save(started('k'));
      await unit.rollback();
      const uses: (() => Promise<unknown>)[] = [
        () => processes.load('orders', 'k'),
        async () => processes.save(started('k')),
        async () => processes.complete(started('k')),
      ];
      for (const use of uses) {
        expect(await outcomeOf(use())).toMatchObject({
          error: { code: 'TIDINGS_UNIT_OF_WORK_ENDED' },
        });
      }
      expect(await load(fixture, 'k')).toBeUndefined();
    },
  },
  {
    id: 'P26',
    title: 'nothing brings back an instance that is complete, also where a new one has its version',
    async run(fixture) {
      await save(fixture, started('k'));
      const first = await required(fixture, 'k');
      await complete(fixture, first);
      await expect(save(fixture, first)).rejects.toEqual(conflict);
      await expect(complete(fixture, first)).rejects.toEqual(conflict);
      expect(await load(fixture, 'k')).toBeUndefined();
      await save(fixture, started('k', { instanceId: 'second of k' }));
      await expect(save(fixture, first)).rejects.toEqual(conflict);
      await expect(complete(fixture, first)).rejects.toEqual(conflict);
      expect((await required(fixture, 'k')).instanceId).toBe('second of k');
    },
  },
  {
    id: 'P26',
    title: 'operators see the instances that run, page by page, by process and by key',
    async run(fixture) {
      const { processes } = fixture.persistence;
      const keys = ['a', 'b', 'c', 'd', 'e'];
      for (const key of keys) await save(fixture, started(key));
      await save(fixture, started('c', { process: 'payments' }), started('over'));
      await complete(fixture, await required(fixture, 'over'));
      const seen: string[] = [];
      let page: ProcessPage | undefined;
      do {
        page = await processes.list(
          { process: 'orders' },
          { limit: 2, ...(page?.next === undefined ? {} : { after: page.next }) },
        );
        expect(page.instances.length).toBeLessThanOrEqual(2);
        seen.push(...page.instances.map(({ key }) => key));
      } while (page.next !== undefined);
      expect(seen).toEqual(keys);
      const named = await processes.list({ key: 'c' });
      expect(named.instances.map(({ process }) => process)).toEqual(['orders', 'payments']);
      expect((await processes.list()).instances).toHaveLength(6);
      await fixture.elapse(20);
      const timeouts = { late: 'm1', fired: 'm2' };
      const instance = { ...(await required(fixture, 'a')), timeouts };
      const at = '2999-12-31T23:59:59.000Z';
      const unit = await fixture.persistence.begin();
      unit.processes.save(instance);
      await unit.commit({ messages: [], scheduled: [{ envelope: messageOf('m1'), due: { at } }] });
      const [first] = (await processes.list({ process: 'orders', key: 'a' })).instances;
      expect(first).toMatchObject({ version: 2, timeouts, timeoutsDueAt: { late: at } });
      expect(first?.timeoutsDueAt).not.toHaveProperty('fired');
      expect(Date.parse(first?.updatedAt ?? '')).toBeGreaterThan(
        Date.parse(first?.startedAt ?? ''),
      );
    },
  },
];
