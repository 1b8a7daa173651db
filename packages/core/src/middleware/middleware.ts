import type { HandlerContext } from '../handlers/context.ts';

/** One attempt to handle one message. */
export interface Call {
  /** `command`: the one handler of a command. `subscription`: one subscriber of an event. */
  readonly kind: 'command' | 'subscription';
  /** The command's type, or the subscription's name. */
  readonly name: string;
  /** The message's type. */
  readonly type: string;
  /** The message's data, validated. */
  readonly data: unknown;
  readonly context: HandlerContext;
}

/** Goes on with the call; resolves with the handler's result after the commit, or rejects with its error. */
export type Next = () => Promise<unknown>;

/**
 * Something done around every attempt to handle a message, outside its unit of work: it sees the outcome of
 * the commit, and what it throws before `next` keeps the unit from being opened.
 */
export interface Middleware {
  readonly name: string;
  readonly around: (call: Call, next: Next) => Promise<unknown>;
}

/**
 * Makes a middleware.
 *
 * @example
 * const timing = middleware('timing', async ({ name, context }, next) => {
 *   const start = performance.now();
 *   try {
 *     return await next();
 *   } finally {
 *     context.logger.info({ name, milliseconds: performance.now() - start }, 'handled');
 *   }
 * });
 */
export function middleware(name: string, around: Middleware['around']): Middleware {
  return Object.freeze({ name, around });
}

/** Runs `work` for the call, inside all middleware of a pipeline. */
export type Pipeline = (call: Call, work: (call: Call) => Promise<unknown>) => Promise<unknown>;

/** Makes one function of many middleware, the first being the outermost. */
export function pipeline(middlewares: readonly Middleware[]): Pipeline {
  return middlewares.reduceRight<Pipeline>(
    (inner, { around }) =>
      (call, work) =>
        around(call, () => inner(call, work)),
    (call, work) => work(call),
  );
}
