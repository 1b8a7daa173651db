import { expect, it } from 'vitest';

import { systemClock } from './system-clock.ts';
import { WakeSignal } from './wake-signal.ts';

it('ends a sleep when it is woken', async () => {
  const signal = new WakeSignal(systemClock);
  const sleep = signal.sleep(60_000);
  signal.wake();
  await expect(sleep).resolves.toBeUndefined();
});

it('keeps a wake-up that comes before the sleep, and uses it once', async () => {
  const signal = new WakeSignal(systemClock);
  signal.wake();
  await signal.sleep(60_000);
  let isAwake = false;
  const second = signal.sleep(60_000).then(() => (isAwake = true));
  await Promise.resolve();
  expect(isAwake).toBe(false);
  signal.wake();
  await second;
});
