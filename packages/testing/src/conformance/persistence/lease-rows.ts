import { expect } from 'vitest';

import { elapsing, inUnit, leaseOf, messageOf, type PersistenceRow } from './helpers.ts';

/** P34: one holder at a time, and whoever lost the lease can no longer write under it. */
export const leaseRows: readonly PersistenceRow[] = [
  {
    id: 'P34',
    title: 'a lease is one owner’s until it is given up',
    async run(fixture) {
      const { leases } = fixture.persistence;
      const other = (await fixture.second()).leases;
      const first = await leaseOf(fixture.persistence, 'l', 'a');
      expect(await other.acquire('l', 'b', 60_000)).toBeUndefined();
      expect(await other.acquire('m', 'b', 60_000)).toMatchObject({ name: 'm', owner: 'b' });
      expect(await leases.acquire('l', 'a', 60_000)).toEqual(first);
      await leases.release(first);
      expect(await leases.renew(first, 60_000)).toBe(false);
      const second = await other.acquire('l', 'b', 60_000);
      expect(second?.epoch).toBeGreaterThan(first.epoch);
      expect(await leases.renew(first, 60_000)).toBe(false);
      await leases.release(first);
      expect(await leases.acquire('l', 'a', 60_000)).toBeUndefined();
    },
  },
  {
    id: 'P34',
    title: 'of many who ask at once one gets the lease',
    async run(fixture) {
      const nodes = [fixture.persistence, await fixture.second()];
      const grants = await Promise.all(
        [...nodes, ...nodes, ...nodes].map(({ leases }, index) =>
          leases.acquire('l', `owner ${index}`, 60_000),
        ),
      );
      expect(grants.filter((grant) => grant !== undefined)).toHaveLength(1);
    },
  },
  {
    id: 'P34',
    title: 'a lease that is renewed lasts, one that is not goes to the next within its time',
    async run(fixture) {
      const { leases } = fixture.persistence;
      const other = (await fixture.second()).leases;
      const first = await leaseOf(fixture.persistence, 'l', 'a', 100);
      expect(await leases.renew(first, 60_000)).toBe(true);
      await fixture.elapse(200);
      expect(await other.acquire('l', 'b', 60_000)).toBeUndefined();
      expect(await leases.renew(first, 100)).toBe(true);
      const second = await elapsing(fixture, () => other.acquire('l', 'b', 60_000));
      expect(second.epoch).toBeGreaterThan(first.epoch);
      expect(await leases.renew(first, 60_000)).toBe(false);
      expect(await leases.acquire('l', 'a', 60_000)).toBeUndefined();
    },
  },
  {
    id: 'P34',
    title: 'the writes of a holder that was paused past the expiry are refused',
    async run(fixture) {
      const { log, checkpoints } = fixture.persistence;
      const next = await fixture.second();
      const paused = await leaseOf(fixture.persistence, 'relay', 'paused', 100);
      await inUnit(fixture, () => {}, [messageOf('m1'), messageOf('m2')]);
      await log.sequence(paused, 1);
      const lease = await elapsing(fixture, () => next.leases.acquire('relay', 'next', 60_000));
      await expect(log.sequence(paused, 10)).rejects.toMatchObject({ code: 'TIDINGS_LEASE_LOST' });
      expect(await checkpoints.advance('relay', 1, paused)).toBe('fenced');
      expect([await next.log.head(), await next.checkpoints.read('relay')]).toEqual([1, 0]);
      expect(await next.log.sequence(lease, 10)).toBe(1);
      expect(await next.checkpoints.advance('relay', 2, lease)).toBe('advanced');
      // Nothing is left to be written, and it is told all the same that it leads no more.
      await expect(log.sequence(paused, 10)).rejects.toMatchObject({ code: 'TIDINGS_LEASE_LOST' });
    },
  },
  {
    id: 'P34',
    title: 'nothing is written under a lease that was given up, nor under one that never was',
    async run(fixture) {
      const { log, checkpoints, leases } = fixture.persistence;
      const lease = await leaseOf(fixture.persistence, 'relay', 'a');
      await inUnit(fixture, () => {}, [messageOf('m1')]);
      await log.sequence(lease, 10);
      await leases.release(lease);
      for (const grant of [lease, { ...lease, owner: 'b' }, { ...lease, name: 'never' }]) {
        await expect(log.sequence(grant, 10)).rejects.toMatchObject({ code: 'TIDINGS_LEASE_LOST' });
        expect(await checkpoints.advance('relay', 1, grant)).toBe('fenced');
      }
    },
  },
];
