import type { MessageDefinition, StandardSchemaV1 } from '@tidings/domain';

import { definitionOf } from '../envelope/encode-message.ts';
import { InvalidOptionsError } from '../errors/app-errors.ts';
import type { Feature, KnownPart } from '../handlers/feature.ts';
import type { Contract, JsonSchema, MessageContract, MessageUse } from './contract.ts';

/** What has to be known for a contract besides the features. */
export interface ContractOptions {
  /** Messages that no part of the features takes, as events that are only published. */
  readonly messages?: readonly MessageDefinition[];
  /**
   * Describes a schema whose library cannot do so itself; `undefined` where it cannot be described either.
   * Asked first.
   */
  readonly jsonSchema?: (schema: StandardSchemaV1) => JsonSchema | undefined;
}

type Describe = NonNullable<ContractOptions['jsonSchema']>;
type MutableUses = Map<MessageDefinition, MessageUse[]>;

/**
 * The contract of all messages that features handle, subscribe to or send by a schedule: their versions and
 * the JSON Schemas of their data, by way of Standard JSON Schema (https://standardschema.dev/json-schema).
 *
 * @throws {@link InvalidOptionsError} naming each schema that cannot be described, and each type that is
 * defined twice
 * @example
 * const contract = contractOf([allocation]);
 */
export function contractOf(
  features: readonly Feature[],
  { messages = [], jsonSchema }: ContractOptions = {},
): Contract {
  const uses: MutableUses = new Map(messages.map((definition) => [definition, []]));
  for (const { name, parts } of features) {
    for (const part of parts) addUses(uses, name, part as KnownPart);
  }
  const faults: string[] = [];
  const types = new Map<string, MessageContract>();
  for (const [definition, usedBy] of uses) {
    const { type } = definition;
    if (types.has(type)) faults.push(`${type} is defined twice; define it once and import it`);
    types.set(type, messageContract(definition, usedBy, jsonSchema, faults));
  }
  if (faults.length > 0) throw new InvalidOptionsError('contractOf', faults);
  const sorted = [...types].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return { messages: Object.fromEntries(sorted) };
}

/** A contract as text, for a file: the same contract is the same text, whatever the order of its parts. */
export function formatContract(contract: Contract): string {
  return `${JSON.stringify(ordered(contract), undefined, 2)}\n`;
}

function addUses(uses: MutableUses, feature: string, part: KnownPart): void {
  const add = (definition: MessageDefinition, use: Omit<MessageUse, 'feature'>): void => {
    const known = uses.get(definition) ?? [];
    uses.set(definition, [...known, { feature, ...use }]);
  };
  switch (part.kind) {
    case 'command-handler':
      return add(part.definition, { as: 'handler' });
    case 'subscription':
      for (const each of part.definitions) {
        add(each, { as: 'subscription', name: part.subscriptionName });
      }
      return undefined;
    case 'process-manager':
      for (const each of [...part.startedBy, ...(part.continuedBy ?? [])]) {
        add(each, { as: 'process', name: part.subscriptionName });
      }
      return undefined;
    case 'projection':
      for (const each of part.definitions) {
        add(each, { as: 'projection', name: part.projectionName });
      }
      return undefined;
    case 'schedule':
      // One that makes a command for each instant is known by the command's handler.
      if (part.fixed !== undefined) {
        add(definitionOf(part.fixed), { as: 'schedule', name: part.scheduleName });
      }
  }
}

function messageContract(
  definition: MessageDefinition,
  usedBy: readonly MessageUse[],
  jsonSchema: Describe | undefined,
  faults: string[],
): MessageContract {
  const { kind, type, version, schema, upcasters } = definition;
  const { result } = definition as { readonly result?: StandardSchemaV1 };
  const described = (what: string, of: StandardSchemaV1): JsonSchema => {
    try {
      return describe(of, jsonSchema);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      faults.push(
        `${what} of ${type} has no JSON Schema (${why}); use a schema that describes itself by Standard JSON Schema, or give one by the option jsonSchema`,
      );
      return true;
    }
  };
  return {
    kind,
    version,
    readsFrom: Math.min(version, ...upcasters.keys()),
    data: described('the data', schema),
    ...(result === undefined ? {} : { result: described('the result', result) }),
    usedBy: usedBy.toSorted((left, right) => (textOf(left) < textOf(right) ? -1 : 1)),
  };
}

/** The part of the Standard JSON Schema interface, version 1, that is used. */
interface Described {
  readonly jsonSchema?: {
    readonly input: (options: { readonly target: string }) => Readonly<Record<string, unknown>>;
  };
  readonly vendor: string;
}

function describe(schema: StandardSchemaV1, jsonSchema: Describe | undefined): JsonSchema {
  const given = jsonSchema?.(schema);
  if (given !== undefined) return given;
  const { jsonSchema: own, vendor } = schema['~standard'] as Described;
  if (own === undefined) throw new TypeError(`${vendor} does not say it`);
  const { $schema: _, ...described } = own.input({ target: 'draft-2020-12' });
  return described;
}

const textOf = ({ feature, as, name = '' }: MessageUse): string => `${feature} ${as} ${name}`;

function ordered(value: unknown, keyword = ''): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => ordered(item));
    // Of these the order says nothing.
    return keyword === 'required' ? items.toSorted(byText) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, ordered(member, name)]));
}

function byText(left: unknown, right: unknown): number {
  return String(left) < String(right) ? -1 : 1;
}
