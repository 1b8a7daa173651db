import { expect, it } from 'vitest';

import { messagesOf, receiptOf } from './receipt.ts';

const messages = [
  { id: 'm1', type: 'a' },
  { id: 'm2', type: 'b' },
  { id: 'm3', type: 'a' },
];

function encoded(value: unknown): string {
  return `r1.${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
}

it('tells the messages of some types, after a way as text', () => {
  const receipt = receiptOf('shop', messages);
  expect(receipt).toMatch(/^[\w.-]+$/);
  expect(messagesOf(receipt, 'shop', ['a'])).toEqual(['m1', 'm3']);
  expect(messagesOf(receipt, 'shop', ['b', 'a', 'c', 'constructor'])).toEqual(['m2', 'm1', 'm3']);
  expect(messagesOf(receiptOf('shop', []), 'shop', ['a'])).toEqual([]);
});

it('refuses what is no receipt, or that of another service', () => {
  for (const wrong of [
    '',
    'r1.',
    'r2.e30',
    receiptOf('other', messages),
    encoded(null),
    encoded({ service: 'shop' }),
    encoded({ service: 'shop', messages: { a: 'm1' } }),
    encoded({ service: 'shop', messages: { a: [1] } }),
  ]) {
    expect(() => messagesOf(wrong, 'shop', ['a'])).toThrow(
      expect.objectContaining({ code: 'TIDINGS_INVALID_OPTIONS' }),
    );
  }
});
