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

/** The functions of a Knex client through which every query and transaction goes. */
interface GuardedClient {
  queryBuilder: () => object;
  schemaBuilder: () => object;
  raw: (...args: unknown[]) => object;
  runner: (builder: object) => object;
  transaction: (...args: unknown[]) => object;
}

type Replaced = Partial<Record<keyof GuardedClient, unknown>>;

/**
 * Notices queries that handlers make on the application's Knex. They would not be part of the
 * transaction, and deadlock the pool when every connection of it belongs to a handler that waits for
 * one more (N8).
 *
 * The place is taken down where a query is built, since it runs only when it is awaited, and then
 * nothing of the handler is on the stack any more. Building alone is allowed: a query that is built
 * with the application's Knex may be part of one that is not.
 */
export class EscapeGuard {
  readonly #client: GuardedClient;
  readonly #policy: EscapePolicy;
  readonly #warn: (message: string) => void;
  readonly #places = new WeakMap<object, string>();
  #originals: Replaced | undefined;

  constructor(db: Knex, policy: EscapePolicy, warn: (message: string) => void) {
    this.#client = db.client as GuardedClient;
    this.#policy = policy;
    this.#warn = warn;
  }

  start(): void {
    if (this.#policy === 'ignore' || this.#originals !== undefined) return;
    const client = this.#client;
    const { queryBuilder, schemaBuilder, raw, runner, transaction } = client;
    const own = Object.keys(client);
    this.#originals = Object.fromEntries(
      Object.entries({ queryBuilder, schemaBuilder, raw, runner, transaction }).map(
        ([name, original]) => [name, own.includes(name) ? original : undefined],
      ),
    );
    client.queryBuilder = () => this.#noted(queryBuilder.call(client));
    client.schemaBuilder = () => this.#noted(schemaBuilder.call(client));
    client.raw = (...args) => this.#noted(raw.apply(client, args));
    client.runner = (builder) => {
      this.#check(this.#places.get(builder) ?? '');
      return runner.call(client, builder);
    };
    client.transaction = (...args) => {
      if (isInUnit()) this.#check(callSite());
      return transaction.apply(client, args);
    };
  }

  stop(): void {
    if (this.#originals === undefined) return;
    const client = this.#client as unknown as Record<string, unknown>;
    for (const [name, original] of Object.entries(this.#originals)) {
      // Without a property of its own the client has the function of its class again.
      if (original === undefined) delete client[name];
      else client[name] = original;
    }
    this.#originals = undefined;
  }

  #noted(builder: object): object {
    if (isInUnit()) this.#places.set(builder, callSite());
    return builder;
  }

  #check(place: string): void {
    const call = currentCall();
    if (call?.unit.state !== 'open') return;
    const error = new EscapedQueryError(call.handler, place);
    if (this.#policy === 'throw') throw error;
    this.#warn(error.message);
  }
}

function isInUnit(): boolean {
  return currentCall()?.unit.state === 'open';
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
