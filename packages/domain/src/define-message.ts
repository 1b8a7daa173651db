import { DefinitionError } from './definition-error.ts';
import { frozenCopy } from './frozen-copy.ts';
import type {
  CommandDefinition,
  CommandOptions,
  EventDefinition,
  MessageOptions,
} from './message-definition.ts';
import { definitionKey } from './message.ts';
import type { InferInput, InferOutput, StandardSchemaV1 } from './standard-schema.ts';

/** AMQP carries a type as routing key of at most 255 bytes; the rest is left for prefixes. */
const MAX_TYPE_LENGTH = 200;
const TYPE_PATTERN = /^[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*$/;

/**
 * Defines a command: an instruction with exactly one handler.
 *
 * @param type name of the command, unique in the system, by convention `context.Imperative`
 * @param schema any Standard Schema; it is applied at the edges, never by the factory
 * @throws {@link DefinitionError} `TIDINGS_INVALID_DEFINITION` with every fault of the definition
 * @example
 * const Allocate = command('allocation.Allocate', z.object({ orderId: z.string(), sku: z.string() }));
 * const message = Allocate({ orderId: 'o1', sku: 'LAMP' });
 */
export function command<
  const Type extends string,
  Schema extends StandardSchemaV1,
  Result extends StandardSchemaV1 = StandardSchemaV1<unknown, unknown>,
>(
  type: Type,
  schema: Schema,
  options: CommandOptions<InferInput<Schema>, Result> = {},
): CommandDefinition<Type, Schema, InferOutput<Result>, InferInput<Result>> {
  return define('command', type, schema, options, {
    result: options.result,
  }) as unknown as CommandDefinition<Type, Schema, InferOutput<Result>, InferInput<Result>>;
}

/**
 * Defines an event: a fact with zero or more subscribers.
 *
 * @param type name of the event, unique in the system, by convention `context.PastTense`
 * @param schema any Standard Schema; it is applied at the edges, never by the factory
 * @throws {@link DefinitionError} `TIDINGS_INVALID_DEFINITION` with every fault of the definition
 */
export function event<const Type extends string, Schema extends StandardSchemaV1>(
  type: Type,
  schema: Schema,
  options: MessageOptions<InferInput<Schema>> = {},
): EventDefinition<Type, Schema> {
  return define('event', type, schema, options, {}) as unknown as EventDefinition<Type, Schema>;
}

function define<Input>(
  kind: 'command' | 'event',
  type: string,
  schema: StandardSchemaV1,
  options: MessageOptions<Input>,
  extra: Readonly<Record<string, unknown>>,
): (data: Input) => unknown {
  const version = options.version ?? 1;
  const upcasters = new Map(
    Object.entries(options.upcasters ?? {}).map(([from, upcaster]) => [Number(from), upcaster]),
  );
  const faults = [
    ...typeFaults(type),
    ...schemaFaults(schema),
    ...versionFaults(version, upcasters),
  ];
  if (faults.length > 0) throw new DefinitionError(`${kind} ${JSON.stringify(type)}`, faults);

  const prototype = {};
  const definition = (data: Input): unknown => {
    const message = Object.create(prototype) as Record<string, unknown>;
    message['kind'] = kind;
    message['type'] = type;
    message['version'] = version;
    message['data'] = frozenCopy(data);
    return Object.freeze(message);
  };
  const properties = {
    kind,
    type,
    version,
    schema,
    upcasters,
    partitionKey: options.partitionKey,
    ...extra,
  };
  for (const [name, value] of Object.entries({ ...properties, name: type })) {
    Object.defineProperty(definition, name, { value, enumerable: true });
  }
  Object.defineProperty(prototype, definitionKey, { value: definition });
  return Object.freeze(definition);
}

function typeFaults(type: unknown): readonly string[] {
  if (typeof type !== 'string') return ['its type must be a string'];
  if (type.length > MAX_TYPE_LENGTH) {
    return [`its type has ${type.length} characters, at most ${MAX_TYPE_LENGTH} are allowed`];
  }
  return TYPE_PATTERN.test(type)
    ? []
    : ['its type must be letters and digits, parted by single dots, hyphens or underscores'];
}

function schemaFaults(schema: StandardSchemaV1 | undefined): readonly string[] {
  return typeof schema?.['~standard']?.validate === 'function'
    ? []
    : ['its schema is no Standard Schema (it has no "~standard".validate)'];
}

function versionFaults(
  version: number,
  upcasters: ReadonlyMap<number, unknown>,
): readonly string[] {
  if (!Number.isSafeInteger(version) || version < 1) {
    return ['its version must be a whole number from 1'];
  }
  const faults = [...upcasters.keys()]
    .filter((from) => !Number.isSafeInteger(from) || from < 1 || from >= version)
    .map((from) => `the upcaster from version ${from} leads nowhere, the version is ${version}`);
  const oldest = Math.min(version, ...upcasters.keys());
  for (let from = Math.max(1, oldest); from < version; from += 1) {
    if (!upcasters.has(from)) faults.push(`an upcaster from version ${from} is missing`);
  }
  return faults;
}
