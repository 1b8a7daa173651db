// Middleware is code around every attempt to handle a message: here it asks whether the caller may,
// takes the time, and logs how each attempt ended.
import { AsyncLocalStorage } from 'node:async_hooks';

import { createApp, feature, handle, jsonLogger, middleware, on } from '@tidings/core';
import { command, event } from '@tidings/domain';
import { inMemory } from '@tidings/in-memory';
import { z } from 'zod';

const Rename = command('catalogue.Rename', z.object({ sku: z.string(), name: z.string() }));
const Renamed = event('catalogue.Renamed', z.object({ sku: z.string(), name: z.string() }));

const rename = handle(Rename, {}, (data, _, context) => context.publish(Renamed(data)));
const reindex = on(Renamed, 'reindex', {}, () => {});

/** Who calls. An HTTP server would run each request in `caller.run(user, …)`. */
const caller = new AsyncLocalStorage<{ readonly roles: readonly string[] }>();

class ForbiddenError extends Error {}

/** Only commands that somebody executes are asked about: what they cause has been allowed with them. */
const authorisation = middleware('authorisation', async ({ kind, type, context }, next) => {
  const isExecuted = kind === 'command' && context.envelope === undefined;
  if (isExecuted && caller.getStore()?.roles.includes('editor') !== true) {
    throw new ForbiddenError(`only editors may ${type}`);
  }
  return next();
});

/** The longest that each handler took, in milliseconds. */
const longest = new Map<string, number>();

const timing = middleware('timing', async ({ name }, next) => {
  const start = performance.now();
  try {
    return await next();
  } finally {
    longest.set(name, Math.max(performance.now() - start, longest.get(name) ?? 0));
  }
});

/** The first of the list and so the outermost: it sees what the others refuse, and the commit. */
const logging = middleware('logging', async ({ kind, name, context }, next) => {
  try {
    const result = await next();
    console.log(`${kind} ${name}, attempt ${context.attempt}: done`);
    return result;
  } catch (error) {
    console.log(`${kind} ${name}, attempt ${context.attempt}: ${String(error)}`);
    throw error;
  }
});

const app = createApp({
  service: 'catalogue',
  features: [feature('catalogue', [rename, reindex])],
  adapters: [inMemory()],
  middleware: [logging, timing, authorisation],
  logger: jsonLogger({ level: 'warn' }),
});
await app.start();

const renameLamp = Rename({ sku: 'LAMP', name: 'Desk lamp' });
await caller.run({ roles: ['editor'] }, () =>
  app.bus.execute(renameLamp, { waitFor: ['reindex'] }),
);
await caller
  .run({ roles: [] }, () => app.bus.execute(renameLamp))
  .catch((error: unknown) => {
    if (!(error instanceof ForbiddenError)) throw error;
  });

console.log(`timed: ${[...longest.keys()].join(', ')}`);
await app.stop();
