import { expect } from 'vitest';

import { leaseOf, type PersistenceRow } from './helpers.ts';
import {
  activate,
  begin,
  begun,
  loggedMessages,
  moved,
  moveOn,
  tallyRecord,
  withUnit,
} from './projection-helpers.ts';

/** P29 and P30: generations of a projection beside each other, each in a place of its own. */
export const generationRows: readonly PersistenceRow[] = [
  {
    id: 'P29',
    title: 'a generation is begun where none of this version is, or once more when it is asked for',
    async run(fixture) {
      const { projections } = fixture.persistence;
      const numbers = async (): Promise<readonly (readonly [number, string])[]> =>
        (await tallyRecord(fixture)).generations.map(({ version, state }) => [version, state]);
      const lease = await leaseOf(fixture.persistence);
      const first = await begun(fixture);
      expect(await begin(fixture)).toBeUndefined();
      expect(await begin(fixture, { rebuild: true })).toBeUndefined();
      await activate(fixture, first, lease);
      expect(await begin(fixture)).toBeUndefined();
      expect(await begin(fixture, { rebuild: true })).toEqual({
        projection: 'tally',
        generation: 2,
      });
      expect(await begin(fixture, { version: 3 })).toEqual({ projection: 'tally', generation: 3 });
      expect(await begin(fixture, { version: 2 })).toBeUndefined();
      expect(await begin(fixture, { rebuild: true })).toBeUndefined();
      expect(await numbers()).toEqual([
        [1, 'active'],
        [1, 'retired'],
        [3, 'building'],
      ]);
      await activate(fixture, { ...first, generation: 3 }, lease);
      expect(await begin(fixture, { rebuild: true })).toBeUndefined();
      expect(await projections.read(['tally', 'unknown'])).toHaveLength(1);
    },
  },
  {
    id: 'P29',
    title: 'of two who begin a generation at once one does',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const other = { ...fixture, persistence: await fixture.second() };
      const refs = await Promise.all([begin(fixture), begin(other)]);
      expect(refs.filter((ref) => ref !== undefined)).toHaveLength(1);
      expect((await tallyRecord(fixture)).generations).toHaveLength(1);
    },
  },
  {
    id: 'P29',
    title: 'a generation whose beginning is rolled back was never there, nor what was made in it',
    async run(fixture) {
      const { persistence, tally } = fixture;
      await withUnit(persistence, async (unit) => {
        const plan = { projection: 'tally', version: 1, mode: 'async' } as const;
        const ref = await unit.projections.begin(plan);
        if (ref !== undefined) await unit.projections.within(ref, () => tally.create(unit));
      });
      expect(await begun(fixture)).toEqual({ projection: 'tally', generation: 1 });
    },
  },
  {
    id: 'P30',
    title:
      'generations are kept beside each other, and readers see the active one until the moment it changes',
    async run(fixture) {
      const { persistence, tally } = fixture;
      const lease = await loggedMessages(fixture, 3);
      const first = await begun(fixture);
      await moveOn(fixture, first, [0, 1], lease, 'old');
      expect(await tally.read()).toEqual({});
      await activate(fixture, first, lease);
      expect(await tally.read()).toEqual({ old: 1 });
      const second = await begun(fixture, { version: 2 });
      await moveOn(fixture, second, [0, 2], lease, 'new', 'new');
      await moveOn(fixture, first, [1, 3], lease, 'old');
      expect(await tally.read()).toEqual({ old: 2 });
      expect(await activate(fixture, second, lease)).toBe('behind');
      expect(await tally.read()).toEqual({ old: 2 });
      await moveOn(fixture, second, [2, 3], lease, 'new');
      expect(await activate(fixture, second, lease)).toBe('activated');
      expect(await tally.read()).toEqual({ new: 3 });
      await expect(moveOn(fixture, first, [3, 3], lease, 'old')).rejects.toMatchObject(
        moved('retired'),
      );
      expect(await persistence.projections.take(first, lease)).toBeUndefined();
      expect(await persistence.projections.drop(second)).toBe(false);
      expect(await persistence.projections.drop(first)).toBe(true);
      expect(await persistence.projections.drop(first)).toBe(false);
      expect((await tallyRecord(fixture)).generations).toHaveLength(1);
      expect(await tally.read()).toEqual({ new: 3 });
    },
  },
  {
    id: 'P30',
    title: 'what is not within a generation is not written to it, also in one unit',
    async run(fixture) {
      const { persistence, tally } = fixture;
      const lease = await loggedMessages(fixture, 1);
      const first = await begun(fixture);
      const second = await begun(fixture, { version: 2 });
      await moveOn(fixture, second, [0, 1], lease, 'inside');
      await activate(fixture, second, lease);
      await withUnit(persistence, async (unit) => {
        await unit.projections.within(first, () => tally.count(unit, 'elsewhere'));
        await tally.count(unit, 'through what readers see');
        await unit.projections.within(second, () => tally.count(unit, 'inside'));
        await expect(
          unit.projections.within(first, () => Promise.reject(new TypeError('the work failed'))),
        ).rejects.toThrow(TypeError);
        await unit.commit({ messages: [] });
      });
      expect(await tally.read()).toEqual({ inside: 2, 'through what readers see': 1 });
    },
  },
  {
    id: 'P30',
    title:
      'only a generation that is being built, and under a lease that lasts, becomes what readers see',
    async run(fixture) {
      const lease = await leaseOf(fixture.persistence);
      const old = { ...lease, epoch: lease.epoch - 1 };
      const first = await begun(fixture);
      await expect(activate(fixture, first, old)).rejects.toMatchObject(moved('fenced'));
      await activate(fixture, first, lease);
      await expect(activate(fixture, first, lease)).rejects.toMatchObject(moved('retired'));
      const second = await begun(fixture, { version: 2 });
      await begun(fixture, { version: 3 });
      await expect(activate(fixture, second, lease)).rejects.toMatchObject(moved('retired'));
    },
  },
];
