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

it('counts the wake-ups of one turn as one', async () => {
  const signal = new WakeSignal(systemClock);
  let awake = 0;
  const loop = async (): Promise<void> => {
    for (;;) {
      await signal.sleep(60_000);
      awake += 1;
    }
  };
  void loop();
  for (let count = 0; count < 100; count += 1) {
    signal.wake();
    await Promise.resolve();
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(awake).toBe(1);
});
