import type { CommandDefinition, DataOf, StandardSchemaV1 } from '@tidings/domain';

import type { RetryPolicy } from '../retry/retry-policy.ts';
import type { HandlerContext } from './context.ts';
import type { AnyToken, Dependencies, Resolved } from './token.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- definitions are contravariant in their data
export type AnyCommandDefinition = CommandDefinition<string, any, any, any>;

/** What a handler of the command may return: what the schema of its result accepts. */
export type HandlerResult<Definition> = Definition extends {
  readonly result: StandardSchemaV1<infer Returned, unknown> | undefined;
}
  ? Returned
  : unknown;

export interface HandlerOptions {
  /** What is done when it fails. For commands: only when they were sent, not when executed. */
  readonly retry?: RetryPolicy;
  /** How long it may take, in milliseconds. Default 60 000. */
  readonly timeoutMs?: number;
}

/**
 * The one handler of a command. It is a function: a unit test calls it with data, fakes and a
 * context.
 */
export interface CommandHandler<
  Definition extends AnyCommandDefinition = AnyCommandDefinition,
  Deps extends Dependencies = Dependencies,
> {
  (
    data: DataOf<Definition>,
    dependencies: Resolved<Deps>,
    context: HandlerContext,
  ): HandlerResult<Definition> | Promise<HandlerResult<Definition>>;
  readonly kind: 'command-handler';
  readonly definition: Definition;
  readonly dependencies: Deps;
  readonly options: HandlerOptions;
}

/**
 * Declares the handler of a command.
 *
 * It runs in a unit of work of its own: what its repositories loaded and it changed is saved, and the events recorded
 * are stored, in one transaction after it returns; nothing is when it throws.
 *
 * @param dependencies tokens by the names that the handler uses for their values
 * @example
 * const allocate = handle(Allocate, { products: Products }, async (line, { products }) => {
 *   const product = await products.get(line.sku);
 *   return product?.allocate(line);
 * });
 */
export function handle<Definition extends AnyCommandDefinition, const Deps extends Dependencies>(
  definition: Definition,
  dependencies: Deps,
  run: (
    data: DataOf<Definition>,
    dependencies: Resolved<Deps>,
    context: HandlerContext,
  ) => NoInfer<HandlerResult<Definition> | Promise<HandlerResult<Definition>>>,
  options: HandlerOptions = {},
): CommandHandler<Definition, Deps> {
  const handler: CommandHandler<Definition, Deps> = Object.assign(
    (data: DataOf<Definition>, values: Resolved<Deps>, context: HandlerContext) =>
      run(data, values, context),
    { kind: 'command-handler' as const, definition, dependencies, options },
  );
  return Object.freeze(handler);
}

/** The tokens that something needs to be bound. */
export type RequiredBy<Part> = Part extends {
  readonly dependencies: infer Deps extends Dependencies;
}
  ? Extract<Deps[keyof Deps], AnyToken>
  : never;
