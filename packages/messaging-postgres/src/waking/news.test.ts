import { expect, test } from 'vitest';

import { newsIn, payloadOf, type News } from './news.ts';

test.each<News>([
  {
    kind: 'arrived',
    arrivals: [
      { subscription: 7, partitions: 65_535 },
      { subscription: 12, partitions: 1 },
    ],
  },
  { kind: 'changed', subscriptions: [1, 2, 3] },
])('$kind is read as it was told, by everybody but the teller', (news) => {
  const payload = payloadOf('me', news);
  expect(newsIn(payload, 'another')).toEqual(news);
  expect(newsIn(payload, 'me')).toBeUndefined();
});

test.each(['', 'nonsense', 'me gone 1', '\u0000'])('%j tells nothing', (payload) => {
  expect(newsIn(payload, 'another')).toBeUndefined();
});
