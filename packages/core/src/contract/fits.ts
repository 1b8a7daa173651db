import type { JsonSchema } from './contract.ts';
import { isSame, isTypeOf, OPAQUE, resolved, typesOf, type TypeName } from './json-schema.ts';
import { valueFaults } from './value-restrictions.ts';

/**
 * Whether a value fits a schema, which may refer to parts of `root`. Only for values that a schema lists: what
 * cannot be told, as for a format, counts as not fitting.
 */
export function fits(value: unknown, schema: JsonSchema, root: JsonSchema): boolean {
  const target = resolved(schema, root);
  if (target === undefined || [...OPAQUE, 'format'].some((keyword) => keyword in target))
    return false;
  const { anyOf, oneOf, allOf, pattern } = target as Readonly<
    Record<'anyOf' | 'oneOf' | 'allOf', readonly JsonSchema[] | undefined>
  > & { readonly pattern?: string };
  const fitsOne = (member: JsonSchema): boolean => fits(value, member, root);
  return (
    isTypeOf(typeName(value), typesOf(target)) &&
    (!('const' in target) || isSame(target['const'], value)) &&
    (!Array.isArray(target['enum']) || target['enum'].some((one) => isSame(one, value))) &&
    (anyOf?.some(fitsOne) ?? true) &&
    (oneOf?.some(fitsOne) ?? true) &&
    (allOf?.every(fitsOne) ?? true) &&
    (pattern === undefined ||
      (typeof value === 'string' && new RegExp(pattern, 'u').test(value))) &&
    isWithinBounds(value, target)
  );
}

function isWithinBounds(value: unknown, schema: Exclude<JsonSchema, boolean>): boolean {
  // Of lists and objects that a schema lists as a whole nothing but the whole is compared.
  if (typeof value === 'object' && value !== null) return 'enum' in schema || 'const' in schema;
  const { pattern: _, ...bounds } = schema;
  return valueFaults(exactly(value), bounds, typeName(value)).length === 0;
}

/** The restrictions that this value alone fits. */
function exactly(value: unknown): Exclude<JsonSchema, boolean> {
  if (typeof value === 'number') return { minimum: value, maximum: value, multipleOf: value };
  if (typeof value !== 'string') return {};
  // JSON Schema counts code points.
  const length = Array.from(value).length;
  return { minLength: length, maxLength: length };
}

function typeName(value: unknown): TypeName {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : (typeof value as TypeName);
}
