import { expect } from 'vitest';

import {
  entriesOf,
  addLedger,
  loggedIds,
  inUnit,
  messageOf,
  type PersistenceRow,
} from './helpers.ts';

/** P35: starting makes a store ready, however many do it and however often. */
export const migrationRows: readonly PersistenceRow[] = [
  {
    id: 'P35',
    title: 'several nodes that start at once on an empty store migrate it once, and all work',
    needs: ['migrations'],
    timeoutMs: 60_000,
    async run(fixture) {
      const nodes = (await fixture.unmigrated?.(3)) ?? [];
      expect(nodes).toHaveLength(3);
      await Promise.all(nodes.map((node) => node.start()));
      for (const [index, persistence] of nodes.entries()) {
        await persistence.ping();
        const unit = await persistence.begin();
        await unit.commit({ messages: [messageOf(`m${index}`)] });
      }
      for (const persistence of nodes)
        expect(await loggedIds(persistence)).toEqual(['m0', 'm1', 'm2']);
    },
  },
  {
    id: 'P35',
    title: 'starting again, also while others work, changes nothing',
    async run(fixture) {
      const { persistence, repository } = fixture;
      await addLedger(fixture, 'l1', 'a');
      await inUnit(fixture, () => {}, [messageOf('m1')]);
      const second = await fixture.second();
      await Promise.all([persistence.start(), second.start(), addLedger(fixture, 'l2', 'b')]);
      await second.ping();
      expect(await entriesOf({ persistence: second, repository }, 'l1')).toEqual(['a']);
      expect(await entriesOf({ persistence: second, repository }, 'l2')).toEqual(['b']);
      expect(await loggedIds(persistence)).toEqual(['m1']);
    },
  },
  {
    id: 'P35',
    title: 'closing is idempotent, and afterwards the store says that it cannot be used',
    async run(fixture) {
      const second = await fixture.second();
      await second.close();
      await second.close();
      await expect(second.begin()).rejects.toMatchObject({
        code: 'TIDINGS_PERSISTENCE_UNAVAILABLE',
        transient: true,
      });
      await expect(second.ping()).rejects.toMatchObject({
        code: 'TIDINGS_PERSISTENCE_UNAVAILABLE',
      });
      await fixture.persistence.ping();
    },
  },
];
