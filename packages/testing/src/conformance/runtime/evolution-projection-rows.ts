import { projection, type FeaturePart } from '@tidings/core';
import { expect } from 'vitest';

import { eventually } from '../../eventually.ts';
import { newer, older } from './evolution-builds.ts';
import { patience, type RuntimeRow } from './helpers.ts';

/** The projection as the older build has it; notes what it applied. */
function olderSteps(applied: string[]): FeaturePart {
  return projection('steps', {
    version: 1,
    events: [older.Moved],
    reset: () => {},
    on: {
      'conformance.Moved': ({ key, n }) => {
        applied.push(`${key}${n}`);
      },
    },
  });
}

/** The same in the newer build; a higher version of it is built from the log. */
function newerSteps(applied: string[], version: number): FeaturePart {
  return projection('steps', {
    version,
    events: [newer.Moved],
    reset: () => {},
    on: {
      'conformance.Moved': ({ key, step }) => {
        applied.push(`${key}${step.number}`);
      },
    },
  });
}

/** F33 and S20, for what reads the log. */
export const evolutionProjectionRows: readonly RuntimeRow[] = [
  {
    id: 'F33',
    title: 'a projection that is built from the log gets what older builds stored upcast, in order',
    timeoutMs: 60_000,
    async run({ apps }) {
      const before: string[] = [];
      const first = await apps.start([olderSteps(before)]);
      for (const n of [0, 1, 2]) await first.bus.publish(older.Moved({ key: 'k', n }));
      await eventually(() => before.length >= 3, patience);
      await first.stop();
      const after: string[] = [];
      const second = await apps.start([newerSteps(after, 2)]);
      await second.bus.publish(newer.Moved({ key: 'k', step: { number: 3 } }));
      await eventually(() => after.length >= 4, patience);
      expect([before, after]).toEqual([
        ['k0', 'k1', 'k2'],
        ['k0', 'k1', 'k2', 'k3'],
      ]);
    },
  },
  {
    id: 'S20',
    title:
      'a projection of an older build stops at a newer version, and that of a newer one goes on',
    timeoutMs: 60_000,
    async run({ apps }) {
      const applied: string[] = [];
      const idle = { relay: false, consume: false };
      const old = await apps.start([olderSteps(applied)]);
      await old.bus.publish(older.Moved({ key: 'k', n: 0 }));
      await eventually(() => applied.length === 1, patience);
      await old.stop();
      const sender = await apps.start([newerSteps([], 1)], idle);
      await sender.bus.publish(newer.Moved({ key: 'k', step: { number: 1 } }));
      await sender.stop();
      const again = await apps.start([olderSteps(applied)]);
      await again.bus.publish(older.Moved({ key: 'k', n: 2 }));
      await eventually(() => apps.logger.messages('warn').some(isWaiting), patience);
      expect(applied).toEqual(['k0']);
      await again.stop();
      await apps.start([newerSteps(applied, 1)]);
      await eventually(() => applied.length >= 3, patience);
      expect(applied).toEqual(['k0', 'k1', 'k2']);
    },
  },
];

const isWaiting = (text: string): boolean => text.includes('waits for a newer build');
