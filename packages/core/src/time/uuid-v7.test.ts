import { expect, it } from 'vitest';

import { systemClock } from './system-clock.ts';
import { UuidV7Generator } from './uuid-v7.ts';

it('makes ids of the form and version that RFC 9562 asks for', () => {
  const id = new UuidV7Generator(systemClock).next();
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

it('puts the time in the first 48 bits', () => {
  const now = Date.UTC(2026, 10, 23, 12, 30, 15, 123);
  const id = new UuidV7Generator({ ...systemClock, now: () => now }).next();
  expect(Number.parseInt(id.slice(0, 13).replace('-', ''), 16)).toBe(now);
});

it('makes ids that differ and sort in the order they were made, also when the clock goes back', () => {
  let now = 1_800_000_000_000;
  const ids = new UuidV7Generator({ ...systemClock, now: () => (now -= 1) });
  const made = Array.from({ length: 20_000 }, () => ids.next());
  expect(new Set(made).size).toBe(made.length);
  expect(made.toSorted()).toEqual(made);
});
