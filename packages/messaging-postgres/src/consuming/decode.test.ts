import { expect, test } from 'vitest';

import { decode } from './decode.ts';

const envelope = {
  id: 'm1',
  kind: 'event',
  type: 'test.Happened',
  source: 'test',
  time: '2026-01-01T00:00:00.000Z',
  dataversion: 1,
  correlationid: 'c',
  partitionkey: 'naïve 👩‍👩‍👧‍👦 \u0000 \ud800',
  body: ' {"a":1.0} ',
};

test('an envelope is read as it was written', () => {
  expect(decode(JSON.stringify(envelope))).toEqual(envelope);
});

test.each([
  ['no JSON', '{"id":', 'invalid-json'],
  ['a number', '42', 'invalid-shape'],
  ['nothing', 'null', 'invalid-shape'],
  ['a list', '[]', 'invalid-shape'],
  ['an envelope without an id', JSON.stringify({ ...envelope, id: undefined }), 'invalid-shape'],
  ['another kind of message', JSON.stringify({ ...envelope, kind: 'query' }), 'invalid-shape'],
  ['a version that is none', JSON.stringify({ ...envelope, dataversion: 1.5 }), 'invalid-shape'],
  ['a key that is no text', JSON.stringify({ ...envelope, partitionkey: 7 }), 'invalid-shape'],
])('S44 %s is given back whole, with the reason', (_, text, reason) => {
  expect(decode(text)).toEqual({
    unreadable: true,
    reason,
    bytes: Buffer.from(text),
    headers: {},
  });
});
