import { expect } from 'vitest';

import { hold, idsOf } from './held-deliveries-rows.ts';
import type { PersistenceRow } from './helpers.ts';

/** H8, for whoever claims and leaves some keys to others. */
export const leftKeyRows: readonly PersistenceRow[] = [
  {
    id: 'H8',
    title: 'who leaves a key to others claims the others that are due, however long it is',
    async run(fixture) {
      const { held } = fixture.persistence;
      for (const key of ['a', 'b', 'c']) await hold(fixture, `m${key}`, key);
      await hold(fixture, 'ma', 'a', { subscription: 't' });
      const claim = async (...except: readonly string[]): Promise<readonly string[]> =>
        idsOf(
          await held.claim(
            ['s'],
            1,
            60_000,
            except.map((key) => ({ subscription: 's', key })),
          ),
        );
      expect(await claim('a', 'b')).toEqual(['mc']);
      expect(await claim('a', 'b')).toEqual([]);
      expect(await held.claim(['t'], 1, 60_000, [{ subscription: 's', key: 'a' }])).toHaveLength(1);
      expect(await claim('a')).toEqual(['mb']);
      expect(await claim()).toEqual(['ma']);
    },
  },
];
