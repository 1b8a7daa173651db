import { createApp, feature, handle, type App } from '@tidings/core';
import { command } from '@tidings/domain';
import { inMemoryTransport } from '@tidings/in-memory';
import { CollectingLogger } from '@tidings/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { knexPersistence } from '../../src/index.ts';
import { createPgliteKnex } from '../../src/pglite.ts';

const Cancel = command('time.Cancel', z.object({ id: z.string(), how: z.string() }));

test('on one connection a handler cancels by its context; the bus would wait for that very handler', async () => {
  const db = createPgliteKnex();
  const cancel = handle(Cancel, {}, async ({ id, how }, _, context) => {
    if (how === 'context') context.cancel(id);
    else await app.bus.cancel(id);
  });
  const app: App = createApp({
    service: 'time',
    features: [feature('time', [cancel])],
    adapters: [knexPersistence(db), inMemoryTransport()],
    logger: new CollectingLogger(),
  });
  await app.start();
  const id = await app.bus.send(Cancel({ id: '', how: 'context' }), { in: 3_600_000 });

  const escaped = app.bus.execute(Cancel({ id, how: 'bus' }));
  await expect(escaped).rejects.toMatchObject({ code: 'TIDINGS_ESCAPED_QUERY' });
  expect((await app.scheduled.list()).total).toBe(1);
  await app.bus.execute(Cancel({ id, how: 'context' }));
  expect((await app.scheduled.list()).total).toBe(0);

  await app.stop();
  await db.destroy();
});
