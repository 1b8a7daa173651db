import { on } from '@tidings/core';
import { expect, it, onTestFinished } from 'vitest';

import { eventually } from '../../src/index.ts';
import { Ordered } from './messages.ts';
import { startApp } from './test-app.ts';

it('changes how many deliveries of a subscription are handled at once while it runs', async () => {
  const ends: (() => void)[] = [];
  const slow = on(Ordered, 'slow', {}, () => new Promise<void>((end) => void ends.push(end)), {
    concurrency: 1,
  });
  const { app } = await startApp([slow]);
  onTestFinished(() => app.stop({ deadlineMs: 50 }));
  for (const id of ['a', 'b', 'c', 'd']) await app.bus.publish(Ordered({ id, qty: 1 }));
  await eventually(() => ends.length === 1);
  app.setConcurrency(slow, 3);
  await eventually(() => ends.length === 3);
  app.setConcurrency('slow', 4);
  await eventually(() => ends.length === 4);
  for (const end of ends) end();
  await app.settled();
  expect(() => app.setConcurrency('other', 2)).toThrow('does not consume "other"');
  expect(() => app.setConcurrency(slow, 0)).toThrow('whole number from 1');
});
