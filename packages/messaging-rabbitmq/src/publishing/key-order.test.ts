import { setImmediate } from 'node:timers/promises';

import { Publication, type Envelope } from '@tidings/core';
import { expect, test } from 'vitest';

import { KeyOrder } from './key-order.ts';
import type { OutgoingEntry } from './outgoing-entry.ts';

function entryOf(id: string, key: string | undefined, publication: Publication): OutgoingEntry {
  const envelope = { id, ...(key === undefined ? {} : { partitionkey: key }) } as Envelope;
  return { envelope, republished: false, bytes: Buffer.alloc(0), publication };
}

function publicationOf(...ids: readonly string[]): Publication {
  const publication = new Publication(ids);
  publication.done.catch(() => {});
  return publication;
}

test('one message of a key is on the way at a time; others and those without a key wait for none', () => {
  const order = new KeyOrder();
  const publication = publicationOf('a1', 'a2', 'b1', 'x');
  const [a1, a2] = [entryOf('a1', 'a', publication), entryOf('a2', 'a', publication)];
  expect(order.enter(a1)).toBe(true);
  expect(order.enter(a2)).toBe(false);
  expect(order.enter(entryOf('b1', 'b', publication))).toBe(true);
  expect(order.enter(entryOf('x', undefined, publication))).toBe(true);
  expect(order.done(a1)).toBe(a2);
  expect(order.done(a2)).toBeUndefined();
  expect(order.enter(entryOf('a3', 'a', publication))).toBe(true);
});

test('what waits behind a message that was not taken is not sent, and for one turn nothing of its key is', async () => {
  const order = new KeyOrder();
  const [first, second] = [publicationOf('a1'), publicationOf('a2')];
  const [a1, a2] = [entryOf('a1', 'a', first), entryOf('a2', 'a', second)];
  order.enter(a1);
  order.enter(a2);
  expect(order.failed(a1)).toEqual([a2]);
  expect([order.hasJustFailed('a'), order.hasJustFailed('b')]).toEqual([true, false]);
  await setImmediate();
  expect(order.hasJustFailed('a')).toBe(false);
  expect(order.enter(a1)).toBe(true);
});

test('what is dropped of a publication takes along what waits behind it', () => {
  const order = new KeyOrder();
  const [first, second, third] = [publicationOf('a1'), publicationOf('a2'), publicationOf('a3')];
  const [a1, a2, a3] = [
    entryOf('a1', 'a', first),
    entryOf('a2', 'a', second),
    entryOf('a3', 'a', third),
  ];
  for (const entry of [a1, a2, a3]) order.enter(entry);
  expect(order.drop(second)).toEqual([a2, a3]);
  expect(order.done(a1)).toBeUndefined();
});

test('a publication fails as a whole with the first message that was not taken, and names all that are open', async () => {
  const publication = publicationOf('m1', 'm2', 'm3', 'm4');
  publication.confirmed('m1');
  publication.refused({ messageId: 'm2', kind: 'unroutable', why: 'nobody' });
  publication.failed('the channel was lost');
  publication.confirmed('m3');
  await expect(publication.done).rejects.toMatchObject({
    failures: [
      { messageId: 'm2', kind: 'unroutable' },
      { messageId: 'm3', kind: 'unconfirmed' },
      { messageId: 'm4', kind: 'unconfirmed' },
    ],
  });
});
