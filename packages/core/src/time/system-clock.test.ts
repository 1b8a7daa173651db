import { expect, it, vi } from 'vitest';

import { systemClock } from './system-clock.ts';

it('sleeps longer than one timer of Node can', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    let isAwake = false;
    const days = 30 * 24 * 60 * 60 * 1000;
    const sleep = systemClock.sleep(days).then(() => (isAwake = true));
    await vi.advanceTimersByTimeAsync(days - 1000);
    expect(isAwake).toBe(false);
    await vi.advanceTimersByTimeAsync(1001);
    await sleep;
    expect(isAwake).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

it('wakes without an error when the signal aborts, also when it has aborted before', async () => {
  const controller = new AbortController();
  const sleep = systemClock.sleep(60_000, controller.signal);
  controller.abort();
  await expect(sleep).resolves.toBeUndefined();
  await expect(systemClock.sleep(60_000, controller.signal)).resolves.toBeUndefined();
});
