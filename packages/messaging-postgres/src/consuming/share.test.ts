import { expect, test } from 'vitest';

import { PARTITIONS, shareOf } from './share.ts';

const sharesOf = (members: number, subscription: number): readonly number[] =>
  Array.from({ length: members }, (_, before) => shareOf({ subscription, members, before }));

test('however many processes there are, their shares are all partitions, and differ by one at the most', () => {
  for (let members = 1; members <= 40; members += 1) {
    for (let subscription = 1; subscription < 5; subscription += 1) {
      const shares = sharesOf(members, subscription);
      expect(shares.reduce((sum, share) => sum + share)).toBe(PARTITIONS.length);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }
  }
});

test('the same processes do not have more of every subscription', () => {
  const totals = Array.from({ length: 5 }, (_, before) =>
    [1, 2, 3, 4, 5]
      .map((subscription) => shareOf({ subscription, members: 5, before }))
      .reduce((sum, share) => sum + share),
  );
  expect(new Set(totals)).toEqual(new Set([16]));
});
