import { expect, it } from 'vitest';

import { fingerprintOf } from './fingerprint.ts';

it('S15 fingerprints are the same for one message, everywhere and for ever', () => {
  expect(fingerprintOf({ type: 'test.Happened', body: '{"n":1}' })).toBe(8_764_665_624_859_809);
  expect(fingerprintOf({ type: '', body: '' })).toBe(fingerprintOf({ type: '', body: '' }));
});

it('S15 fingerprints differ for other messages, however little', () => {
  const bodies = Array.from({ length: 20_000 }, (_, n) => ({ type: 't', body: `{"n":${n}}` }));
  const others = [
    { type: 'ta', body: 'b' },
    { type: 't', body: 'ab' },
    { type: 't', body: '' },
    { type: '', body: 't' },
    { type: 't', body: ' ' },
    { type: 't', body: '\uD800' },
    { type: 't', body: '{"n":1} ' },
    { type: 't', body: 'x'.repeat(100_000) },
    { type: 't', body: 'x'.repeat(100_001) },
  ];
  const all = [...bodies, ...others].map(fingerprintOf);
  expect(new Set(all).size).toBe(all.length);
  expect(all.every((one) => Number.isSafeInteger(one) && one >= 0)).toBe(true);
});
