import { currentCall } from '@tidings/core';
import { TidingsError } from '@tidings/domain';
import type { Knex } from 'knex';

export type EscapePolicy = 'throw' | 'warn' | 'ignore';

/** A handler queried the database beside its unit of work. */
export class EscapedQueryError extends TidingsError {
  constructor(handler: string, where: string) {
    super(
      'TIDINGS_ESCAPED_QUERY',
      `A query of ${handler} escaped its unit of work: it used the application's Knex, so it would run outside the transaction. Depend on KnexTransaction, or on a repository, instead.${where}`,
      { details: { handler } },
    );
  }
}

type Acquire = () => Promise<object>;

/**
 * Notices queries that handlers make on the application's Knex. They would not be part of the
 * transaction, and deadlock the pool when every connection of it belongs to a handler that waits for
 * one more (N8). Knex asks for a connection while the caller's code is still on the stack.
 */
export class EscapeGuard {
  readonly #client: { acquireConnection: Acquire };
  readonly #policy: EscapePolicy;
  readonly #warn: (message: string) => void;
  #original: Acquire | undefined;

  constructor(db: Knex, policy: EscapePolicy, warn: (message: string) => void) {
    this.#client = db.client as { acquireConnection: Acquire };
    this.#policy = policy;
    this.#warn = warn;
  }

  start(): void {
    if (this.#policy === 'ignore' || this.#original !== undefined) return;
    const original = this.#client.acquireConnection.bind(this.#client);
    this.#original = this.#client.acquireConnection;
    this.#client.acquireConnection = async () => {
      const call = currentCall();
      if (call?.unit.state === 'open') {
        const error = new EscapedQueryError(call.handler, callSite());
        if (this.#policy === 'throw') throw error;
        this.#warn(error.message);
      }
      return await original();
    };
  }

  stop(): void {
    if (this.#original === undefined) return;
    this.#client.acquireConnection = this.#original;
    this.#original = undefined;
  }
}

/** The first line of the stack that is neither ours nor a dependency's. */
function callSite(): string {
  const previous = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const lines = new Error('call site').stack?.split('\n').slice(1) ?? [];
  Error.stackTraceLimit = previous;
  const line = lines.find(
    (one) =>
      !/node_modules|node:|persistence-knex\/(?:src|dist)\//.test(one) && one.includes('at '),
  );
  return line === undefined ? '' : ` It was made ${line.trim()}.`;
}
