import {
  createApp,
  middleware,
  type App,
  type FeaturePart,
  type Logger,
  type Middleware,
} from '@tidings/core';
import { inMemory } from '@tidings/in-memory';

/** Nobody reads it; writing log lines is not what is measured. */
export const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
  child: () => silent,
};

/** A middleware that does nothing but go on. */
export function passOn(name: string): Middleware {
  return middleware(name, async (_call, next) => {
    const result = await next();
    return result;
  });
}

/** An application in memory with these middlewares, which is started. */
export async function started(
  parts: readonly FeaturePart[],
  pipeline: readonly Middleware[],
): Promise<App> {
  const app = createApp({
    service: 'benchmark',
    features: [{ name: 'benchmark', parts }],
    adapters: [inMemory()],
    middleware: pipeline,
    logger: silent,
  });
  await app.start();
  return app;
}
