import { expect } from 'vitest';

import { inUnit, leaseOf, messageOf, type PersistenceRow } from './helpers.ts';

/** P27: a checkpoint moves forward only, only for who may, and never beyond the log. */
export const checkpointRows: readonly PersistenceRow[] = [
  {
    id: 'P27',
    title: 'a checkpoint begins at 0, advances, and never moves back or beyond the log',
    async run(fixture) {
      const { log, checkpoints } = fixture.persistence;
      const lease = await leaseOf(fixture.persistence);
      expect(await checkpoints.read('views')).toBe(0);
      expect(await checkpoints.advance('views', 1, lease)).toBe('ahead');
      await inUnit(fixture, () => {}, [messageOf('m1'), messageOf('m2'), messageOf('m3')]);
      await log.sequence(lease, 10);
      expect(await checkpoints.advance('views', 2, lease)).toBe('advanced');
      expect(await checkpoints.advance('views', 2, lease)).toBe('behind');
      expect(await checkpoints.advance('views', 1, lease)).toBe('behind');
      expect(await checkpoints.advance('views', 4, lease)).toBe('ahead');
      expect(await checkpoints.read('views')).toBe(2);
      expect(await checkpoints.advance('views', 3, lease)).toBe('advanced');
      expect([await checkpoints.read('views'), await checkpoints.read('others')]).toEqual([3, 0]);
    },
  },
  {
    id: 'P27',
    title: 'a checkpoint does not move for a lease that has moved on, also when it would be behind',
    async run(fixture) {
      const { log, checkpoints, leases } = fixture.persistence;
      const old = await leaseOf(fixture.persistence, 'relay', 'old');
      await inUnit(fixture, () => {}, [messageOf('m1')]);
      await log.sequence(old, 10);
      await leases.release(old);
      const lease = await leaseOf(fixture.persistence, 'relay', 'new');
      expect(await checkpoints.advance('views', 1, old)).toBe('fenced');
      expect(await checkpoints.read('views')).toBe(0);
      expect(await checkpoints.advance('views', 1, lease)).toBe('advanced');
      expect(await checkpoints.advance('views', 1, old)).toBe('fenced');
    },
  },
  {
    id: 'P27',
    title:
      'a checkpoint is fenced by the lease it is advanced under, whatever other leases did before',
    async run(fixture) {
      const { log, checkpoints, leases } = fixture.persistence;
      for (const owner of ['first', 'second']) {
        await leases.release(await leaseOf(fixture.persistence, 'changes hands', owner));
      }
      const often = await leaseOf(fixture.persistence, 'changes hands', 'third');
      const once = await leaseOf(fixture.persistence, 'another lease');
      expect(often.epoch).toBeGreaterThan(once.epoch);
      await inUnit(fixture, () => {}, [messageOf('m1'), messageOf('m2')]);
      await log.sequence(often, 1);
      expect(await checkpoints.advance('views', 1, often)).toBe('advanced');
      expect(await log.sequence(once, 10)).toBe(1);
      expect(await checkpoints.advance('views', 2, once)).toBe('advanced');
    },
  },
  {
    id: 'P27',
    title: 'of two who advance to one position at once one gets “advanced”',
    async run(fixture) {
      const { log } = fixture.persistence;
      const nodes = [fixture.persistence, await fixture.second()];
      const lease = await leaseOf(fixture.persistence);
      await inUnit(fixture, () => {}, [messageOf('m1')]);
      await log.sequence(lease, 10);
      const results = await Promise.all(
        nodes.map(({ checkpoints }) => checkpoints.advance('views', 1, lease)),
      );
      expect(results.toSorted()).toEqual(['advanced', 'behind']);
    },
  },
];
