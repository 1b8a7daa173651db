import type { LoggedMessage } from '@tidings/core';
import { expect } from 'vitest';

import { eventually } from '../../eventually.ts';
import {
  deliveryOf,
  elapsing,
  inUnit,
  leaseOf,
  loggedIds,
  messageOf,
  outcomeOf,
  readLog,
  type PersistenceRow,
} from './helpers.ts';

const idsOf = (messages: readonly LoggedMessage[]): readonly string[] =>
  messages.map(({ envelope }) => envelope.id);

/** P11–P17, as far as they are the store's: what was committed is in the log, once and in order. */
export const messageLogRows: readonly PersistenceRow[] = [
  {
    id: 'P11',
    title: 'a message is stored when its unit commits, and not when it is rolled back',
    async run(fixture) {
      const { persistence } = fixture;
      await inUnit(fixture, () => {}, [messageOf('m1')]);
      const rolledBack = await persistence.begin();
      await rolledBack.rollback();
      await expect(rolledBack.commit({ messages: [messageOf('never')] })).rejects.toMatchObject({
        code: 'TIDINGS_UNIT_OF_WORK_ENDED',
      });
      await inUnit(fixture, () => {}, [messageOf('m2')]);
      expect(await loggedIds(persistence)).toEqual(['m1', 'm2']);
    },
  },
  {
    id: 'P11',
    title: 'a message comes back with every attribute it was stored with',
    async run(fixture) {
      const whole = messageOf('m1', {
        kind: 'command',
        type: 'conformance.Enter',
        subject: 'l1',
        dataversion: 3,
        aggregateversion: 7,
        causationid: 'm0',
        partitionkey: 'key 🗝',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        intentid: 'intent ☂',
      });
      await inUnit(fixture, () => {}, [whole, messageOf('m2')]);
      const logged = await readLog(fixture.persistence);
      expect(logged).toEqual([
        { position: 1, envelope: whole },
        { position: 2, envelope: messageOf('m2') },
      ]);
    },
  },
  {
    id: 'P12',
    title: 'a message id is in the log once: a second one makes the commit fail, or is ignored',
    async run(fixture) {
      await inUnit(fixture, () => {}, [messageOf('m1')]);
      const outcome = await outcomeOf(
        inUnit(fixture, () => {}, [messageOf('m1'), messageOf('m2')]),
      );
      const logged = await loggedIds(fixture.persistence);
      if ('error' in outcome) {
        expect(outcome.error).toMatchObject({ code: 'TIDINGS_COMMIT_FAILED' });
        expect(logged).toEqual(['m1']);
      } else {
        expect(logged).toEqual(['m1', 'm2']);
      }
    },
  },
  {
    id: 'P13',
    title: 'of five relays one gets to sequence, and no message gets two positions',
    async run(fixture) {
      const { persistence } = fixture;
      const nodes = [persistence, await fixture.second()];
      const messages = Array.from({ length: 40 }, (_, index) => messageOf(`m${index}`));
      await inUnit(fixture, () => {}, messages);
      const relays = Array.from({ length: 5 }, async (_, relay) => {
        const node = nodes[relay % nodes.length] ?? persistence;
        const lease = await node.leases.acquire('relay', `relay ${relay}`, 60_000);
        return lease === undefined ? undefined : node.log.sequence(lease, 100);
      });
      const assigned = await Promise.all(relays);
      expect(assigned.filter((count) => count !== undefined)).toEqual([40]);
      const logged = await persistence.log.read(0, 100);
      expect(idsOf(logged)).toEqual(idsOf(messages.map((envelope) => ({ position: 0, envelope }))));
      expect(logged.map(({ position }) => position)).toEqual(messages.map((_, index) => index + 1));
    },
  },
  {
    id: 'P13',
    title: 'positions are given in steps, in order and without gaps, and read in pages',
    async run(fixture) {
      const { log } = fixture.persistence;
      const lease = await leaseOf(fixture.persistence);
      expect([await log.head(), await log.hasUnsequenced(), await log.sequence(lease, 10)]).toEqual(
        [0, false, 0],
      );
      await inUnit(
        fixture,
        () => {},
        ['m1', 'm2', 'm3'].map((id) => messageOf(id)),
      );
      expect([await log.head(), await log.hasUnsequenced()]).toEqual([0, true]);
      expect(await log.read(0, 10)).toEqual([]);
      expect(await log.sequence(lease, 2)).toBe(2);
      expect([await log.head(), await log.hasUnsequenced()]).toEqual([2, true]);
      expect(idsOf(await log.read(0, 10))).toEqual(['m1', 'm2']);
      expect(await log.sequence(lease, 2)).toBe(1);
      expect([await log.head(), await log.hasUnsequenced()]).toEqual([3, false]);
      expect(await log.read(1, 1)).toMatchObject([{ position: 2, envelope: { id: 'm2' } }]);
      expect(await log.read(3, 10)).toEqual([]);
    },
  },
  {
    id: 'P14',
    title:
      'units that commit in another order than they began lose nothing, and rolled-back ones stay out',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const { persistence, repository } = fixture;
      const lease = await leaseOf(persistence);
      const units = await Promise.all(Array.from({ length: 4 }, async () => persistence.begin()));
      for (const [index, unit] of units.entries()) {
        await unit.receive(deliveryOf('views', `cause ${index}`));
        await repository(unit).get(`l${index}`);
      }
      const seen: string[] = [];
      let position = 0;
      const read = async (): Promise<void> => {
        await persistence.log.sequence(lease, 100);
        for (const message of await persistence.log.read(position, 100)) {
          position = message.position;
          seen.push(message.envelope.id);
        }
      };
      for (const index of [3, 2, 1, 0]) {
        if (index === 2) await units[index]?.rollback();
        else await units[index]?.commit({ messages: [messageOf(`m${index}`)] });
        await read();
      }
      expect(seen).toEqual(['m3', 'm1', 'm0']);
      expect(position).toBe(3);
    },
  },
  {
    id: 'P14',
    title: 'a reader that follows eight writers sees every message once, each writer’s in order',
    needs: ['concurrentUnits'],
    timeoutMs: 60_000,
    async run(fixture) {
      const { persistence } = fixture;
      const rounds = 25;
      const lease = await leaseOf(persistence);
      let writing = 8;
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let round = 0; round < rounds; round += 1) {
          await inUnit(fixture, () => {}, [
            messageOf(`${writer}:${round}`, { partitionkey: String(writer) }),
          ]);
        }
        writing -= 1;
      });
      const seen: LoggedMessage[] = [];
      await eventually(
        async () => {
          const last = writing === 0;
          while ((await persistence.log.sequence(lease, 50)) === 50);
          seen.push(...(await persistence.log.read(seen.at(-1)?.position ?? 0, 1000)));
          return last;
        },
        { timeoutMs: 55_000, what: 'that all writers are done' },
      );
      await Promise.all(writers);
      expect(seen.map(({ position }) => position)).toEqual(
        Array.from({ length: 8 * rounds }, (_, n) => n + 1),
      );
      for (let writer = 0; writer < 8; writer += 1) {
        const own = seen.filter(({ envelope }) => envelope.partitionkey === String(writer));
        expect(idsOf(own)).toEqual(
          Array.from({ length: rounds }, (_, round) => `${writer}:${round}`),
        );
      }
    },
  },
  {
    id: 'P16',
    title: 'what was applied is forgotten by age and in bounded steps; the log keeps its messages',
    async run(fixture) {
      const { persistence } = fixture;
      for (const messageId of ['m1', 'm2', 'm3']) {
        await inUnit(
          fixture,
          async (_, unit) => {
            await unit.receive(deliveryOf('views', messageId));
            await unit.claimIntent({ id: `intent of ${messageId}`, fingerprint: 'f' });
          },
          [messageOf(`caused by ${messageId}`)],
        );
      }
      const day = 86_400_000;
      expect(await persistence.inbox.clean(day, 100)).toBe(0);
      // Some time passes, so that they are old, and what comes now is not the oldest.
      await fixture.elapse(50);
      await inUnit(fixture, (_, unit) => unit.receive(deliveryOf('views', 'm4')));
      await fixture.elapse(50);
      expect(await persistence.inbox.clean(day, 100)).toBe(0);
      const left: (readonly string[])[] = [];
      const steps: number[] = [];
      while (steps.at(-1) !== 0) {
        steps.push(await persistence.inbox.clean(10, 2));
        left.push(await persistence.inbox.applied('views', ['m1', 'm2', 'm3', 'm4']));
      }
      expect(steps).toEqual([2, 2, 2, 1, 0]);
      expect(left.map((ids) => ids.toSorted())).toEqual([['m3', 'm4'], [], [], [], []]);
      expect(await loggedIds(persistence)).toHaveLength(3);
    },
  },
  {
    id: 'P17',
    title: 'a relay that dies with the lease is followed by another once the lease expires',
    async run(fixture) {
      const next = await fixture.second();
      const dead = await leaseOf(fixture.persistence, 'relay', 'dead');
      await inUnit(fixture, () => {}, [messageOf('m1')]);
      expect(await next.leases.acquire('relay', 'next', 60_000)).toBeUndefined();
      await fixture.persistence.leases.renew(dead, 100);
      const lease = await elapsing(fixture, () => next.leases.acquire('relay', 'next', 60_000));
      await expect(fixture.persistence.log.sequence(dead, 10)).rejects.toMatchObject({
        code: 'TIDINGS_LEASE_LOST',
      });
      expect(await next.log.sequence(lease, 10)).toBe(1);
    },
  },
];
