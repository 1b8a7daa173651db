import type { JsonSchema } from './contract.ts';

/** A schema that is no mere `true` or `false`. */
export type SchemaObject = Exclude<JsonSchema, boolean>;

/** What says nothing of which data fit. */
const ANNOTATIONS = new Set([
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'id',
]);

export const TYPES = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const;
export type TypeName = (typeof TYPES)[number] | 'integer';

/** What makes further demands that are not compared: they have to have been made before. */
export const OPAQUE: readonly string[] = [
  'not',
  'if',
  'then',
  'else',
  'patternProperties',
  'propertyNames',
  'dependentRequired',
  'dependentSchemas',
  'unevaluatedProperties',
  'unevaluatedItems',
  'contains',
  'minContains',
  'maxContains',
];

/** The keywords of a schema that restrict the data. */
export function restrictionsOf(schema: JsonSchema): SchemaObject {
  if (schema === true) return {};
  if (schema === false) return { not: {} };
  return Object.fromEntries(
    Object.entries(schema).filter(
      ([keyword, value]) => !ANNOTATIONS.has(keyword) && value !== undefined,
    ),
  );
}

/** The types that a schema allows by name; all of them where it names none. */
export function typesOf({ type }: SchemaObject): readonly TypeName[] {
  if (type === undefined) return TYPES;
  return (Array.isArray(type) ? type : [type]) as readonly TypeName[];
}

/** Follows a reference within `root`; `undefined` where it leads elsewhere. */
function followed(reference: string, root: JsonSchema): JsonSchema | undefined {
  if (!reference.startsWith('#')) return undefined;
  let current: unknown = root;
  for (const part of reference.split('/').slice(1)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) {
      return undefined;
    }
    current = (current as Record<string, unknown>)[name];
  }
  return current as JsonSchema;
}

/** Whether two JSON values are the same, whatever the order of members. */
export function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return false;
  }
  const [names, others] = [Object.keys(left), Object.keys(right)];
  return (
    Array.isArray(left) === Array.isArray(right) &&
    names.length === others.length &&
    names.every(
      (name) =>
        Object.hasOwn(right, name) &&
        isSame((left as Record<string, unknown>)[name], (right as Record<string, unknown>)[name]),
    )
  );
}

/** The values that a schema lists; `undefined` where there are too many to list. */
export function listedValues(schema: SchemaObject): readonly unknown[] | undefined {
  if ('const' in schema) return [schema['const']];
  if (Array.isArray(schema['enum'])) return schema['enum'];
  if (schema['type'] === 'null') return [null];
  return schema['type'] === 'boolean' ? [true, false] : undefined;
}

/** Whether data of a type are of one of these as well. */
export function isTypeOf(type: TypeName, types: readonly TypeName[]): boolean {
  return types.includes(type) || (type === 'integer' && types.includes('number'));
}

/** What a schema refers to; empty where it says for itself what it demands. */
export function referenceOf(schema: JsonSchema): string {
  const reference = typeof schema === 'object' ? schema['$ref'] : undefined;
  return typeof reference === 'string' ? reference : '';
}

/** The restrictions of a schema, or of what it refers to; `undefined` where that is not within `root`. */
export function resolved(schema: JsonSchema, root: JsonSchema): SchemaObject | undefined {
  const reference = referenceOf(schema);
  if (reference === '') return restrictionsOf(schema);
  const target = followed(reference, root);
  if (target === undefined || target === schema) return undefined;
  const { $ref: _, ...beside } = restrictionsOf(schema);
  const found = resolved(target, root);
  if (found === undefined || Object.keys(beside).length === 0) return found;
  return { allOf: [beside, found] };
}
