import { expect, it } from 'vitest';

import type { LoggedMessage } from '../ports/message-log.ts';
import { PublicationWindow } from './publication-window.ts';

const messages = (from: number, to: number): readonly LoggedMessage[] =>
  Array.from(
    { length: to - from + 1 },
    (_, index) => ({ position: from + index }) as LoggedMessage,
  );

it('moves its position only over what was taken without a gap', () => {
  const window = new PublicationWindow(10, 0);
  const first = window.add(messages(1, 3));
  const second = window.add(messages(4, 6));
  second();
  expect(window.position).toBe(0);
  first();
  expect(window.position).toBe(6);
  expect(window.isEmpty).toBe(true);
});

it('counts its room in messages', () => {
  const window = new PublicationWindow(10, 0);
  const taken = window.add(messages(1, 8));
  expect(window.room).toBe(2);
  taken();
  expect(window.room).toBe(10);
});
