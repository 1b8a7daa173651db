import type { Position } from '@tidings/core';
import { expect } from 'vitest';

import { waiting } from './inbox-rows.ts';
import { inUnit, leaseOf, messageOf, type PersistenceRow } from './helpers.ts';
import {
  activate,
  begun,
  loggedMessages,
  moved,
  moveOn,
  TYPE,
  withUnit,
} from './projection-helpers.ts';

/** P29 and P30, as units that apply events to an inline projection need them. */
export const projectionWriterRows: readonly PersistenceRow[] = [
  {
    id: 'P29',
    title: 'the active generation is told, and nothing where there is none',
    async run(fixture) {
      const { persistence } = fixture;
      const active = (): Promise<unknown> =>
        withUnit(persistence, (unit) => unit.projections.active('tally'));
      expect(await active()).toBeUndefined();
      const ref = await begun(fixture, { mode: 'inline', version: 4 });
      expect(await active()).toBeUndefined();
      await activate(fixture, ref, await leaseOf(persistence));
      expect(await active()).toMatchObject({ generation: 1, version: 4, mode: 'inline' });
    },
  },
  {
    id: 'P29',
    title: 'who holds the writers waits for those under way, and keeps others out until its end',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const nodes = [fixture.persistence, await fixture.second(), await fixture.second()] as const;
      const ref = await begun(fixture, { mode: 'inline' });
      const lease = await leaseOf(fixture.persistence);
      const [writer, swapper, late] = [
        await nodes[0].begin(),
        await nodes[1].begin(),
        await nodes[2].begin(),
      ];
      try {
        expect(await writer.projections.active('tally')).toBeUndefined();
        const holding = await waiting(() => swapper.projections.hold('tally'));
        await writer.commit({ messages: [messageOf('m1')] });
        await holding.ended;
        const entering = await waiting(() => late.projections.active('tally'));
        expect(await swapper.projections.activate(ref, 0, lease)).toBe('activated');
        await swapper.commit({ messages: [] });
        expect(await entering.ended).toMatchObject({ generation: 1 });
      } finally {
        for (const unit of [writer, swapper, late]) await unit.rollback();
      }
    },
  },
  {
    id: 'P29',
    title: 'who holds a projection lets nobody move a generation on meanwhile',
    needs: ['concurrentUnits'],
    async run(fixture) {
      const { persistence, tally } = fixture;
      const lease = await loggedMessages(fixture, 1);
      const ref = await begun(fixture);
      const other = { persistence: await fixture.second(), tally };
      const holder = await persistence.begin();
      try {
        await holder.projections.hold('tally');
        const moving = await waiting(() => moveOn(other, ref, [0, 1], lease, 'a'));
        await holder.rollback();
        await moving.ended;
      } finally {
        await holder.rollback();
      }
      await activate(fixture, ref, lease);
      expect(await tally.read()).toEqual({ a: 1 });
    },
  },
  {
    id: 'P29',
    title: 'the rest of the log is what comes after the generation, with and without a position',
    async run(fixture) {
      const { persistence } = fixture;
      const lease = await loggedMessages(fixture, 3);
      const ref = await begun(fixture, { mode: 'inline' });
      await moveOn(fixture, ref, [0, 1], lease);
      const other = messageOf('other', { type: 'conformance.Other' });
      await inUnit(fixture, () => {}, [messageOf('m4'), other, messageOf('m5')]);
      const rest = (
        types: readonly string[],
        limit: number,
        unplaced = true,
      ): Promise<readonly [readonly string[], Position]> =>
        withUnit(persistence, async (unit) => {
          await unit.projections.hold('tally');
          const request = { generation: ref, types, limit, unplaced };
          const { messages, upTo } = await unit.projections.rest(request);
          return [messages.map(({ id }) => id), upTo];
        });
      expect(await rest([TYPE], 10)).toEqual([['m2', 'm3', 'm4', 'm5'], 3]);
      expect(await rest([TYPE], 3)).toEqual([['m2', 'm3', 'm4'], 3]);
      expect(await rest([TYPE], 10, false)).toEqual([['m2', 'm3'], 3]);
      expect(await rest([other.type], 10)).toEqual([['other'], 3]);
      expect(await rest([other.type], 10, false)).toEqual([[], 3]);
      await persistence.log.sequence(lease, 10);
      expect(await rest([TYPE], 10)).toEqual([['m2', 'm3', 'm4', 'm5'], 6]);
      expect(await rest([TYPE], 10, false)).toEqual([['m2', 'm3', 'm4', 'm5'], 6]);
    },
  },
  {
    id: 'P29',
    title:
      'everything that is committed counts as applied to a projection that is active and inline',
    async run(fixture) {
      const { persistence } = fixture;
      const lease = await loggedMessages(fixture, 1);
      const ref = await begun(fixture, { mode: 'inline' });
      expect(await persistence.projections.applied('tally', ['m1'])).toEqual([]);
      await activate(fixture, ref, lease);
      await inUnit(fixture, () => {}, [messageOf('m2')]);
      const applied = await persistence.projections.applied('tally', ['m1', 'm2', 'm3']);
      expect(applied.map(({ messageId }) => messageId).toSorted()).toEqual(['m1', 'm2']);
      await expect(moveOn(fixture, ref, [0, 1], lease)).rejects.toMatchObject(moved('retired'));
    },
  },
];
