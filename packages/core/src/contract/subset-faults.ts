import type { JsonSchema } from './contract.ts';
import { fits } from './fits.ts';
import {
  isSame,
  isTypeOf,
  listedValues,
  OPAQUE,
  referenceOf,
  resolved,
  restrictionsOf,
  typesOf,
  type SchemaObject,
  type TypeName,
} from './json-schema.ts';
import { equalFaults, valueFaults } from './value-restrictions.ts';

/** Why data that fit one schema may not fit another. */
export interface SubsetFault {
  /** Where in the data, as `lines[].qty`; empty for the data as a whole. */
  readonly path: string;
  /** Completes a sentence that begins with the path. */
  readonly fault: string;
}

const GROUPS = ['anyOf', 'oneOf', 'allOf'] as const;

/**
 * Why data that fit `inner` may not fit `outer`; nothing where all of them do. What cannot be told is taken
 * for a fault. Whoever writes by a schema writes the members that it names and no others, so a member that
 * `inner` does not name counts as absent.
 */
export function subsetFaults(inner: JsonSchema, outer: JsonSchema): readonly SubsetFault[] {
  return new Comparison(inner, outer).faults(inner, outer, '');
}

class Comparison {
  readonly #inner: JsonSchema;
  readonly #outer: JsonSchema;
  /** Pairs of references under comparison: where one comes again, nothing new is found. */
  readonly #pairs = new Set<string>();

  constructor(inner: JsonSchema, outer: JsonSchema) {
    this.#inner = inner;
    this.#outer = outer;
  }

  faults(innerSchema: JsonSchema, outerSchema: JsonSchema, path: string): readonly SubsetFault[] {
    const pair = `${referenceOf(innerSchema)} ${referenceOf(outerSchema)}`;
    const isReference = pair !== ' ';
    if (isReference && this.#pairs.has(pair)) return [];
    if (isReference) this.#pairs.add(pair);
    try {
      const inner = resolved(innerSchema, this.#inner);
      const outer = resolved(outerSchema, this.#outer);
      if (inner === undefined || outer === undefined) {
        return [{ path, fault: 'refers to a schema that is not part of the contract' }];
      }
      return this.#faults(inner, outer, path);
    } finally {
      if (isReference) this.#pairs.delete(pair);
    }
  }

  #faults(inner: SchemaObject, outer: SchemaObject, path: string): readonly SubsetFault[] {
    if (Object.keys(outer).length === 0 || isNothing(inner)) return [];
    const one = (fault: string): readonly SubsetFault[] => [{ path, fault }];
    for (const group of GROUPS) {
      const { [group]: members, ...rest } = inner;
      if (!Array.isArray(members)) continue;
      const each = (members as readonly JsonSchema[]).map((member) => this.#both(rest, member));
      // All of them hold at once: it is enough that one of them is narrow enough.
      if (group === 'allOf') return this.#fewest(each, outer, path);
      return each.flatMap((member) => this.faults(member, outer, path));
    }
    for (const group of GROUPS) {
      const { [group]: members, ...rest } = outer;
      if (!Array.isArray(members)) continue;
      const others = this.#faults(inner, rest, path);
      if (group === 'allOf') {
        return [
          ...others,
          ...members.flatMap((member: JsonSchema) => this.faults(inner, member, path)),
        ];
      }
      return [...others, ...this.#alternativeFaults(inner, members as JsonSchema[], path)];
    }
    const types = typesOf(inner);
    if (Array.isArray(inner['type']) && listedValues(inner) === undefined) {
      return types.flatMap((type) => this.#faults({ ...inner, type }, outer, path));
    }
    const values = listedValues(inner);
    if (values !== undefined && values.length < 1000) {
      return values.flatMap((value) =>
        fits(value, outer, this.#outer) ? [] : one(`may be ${JSON.stringify(value)}`),
      );
    }
    if ('enum' in outer || 'const' in outer)
      return one('may be more than the values that are listed');
    const foreign = types.filter((type) => !isTypeOf(type, typesOf(outer)));
    if (foreign.length > 0) return one(`may be ${foreign.map(named).join(' or ')}`);
    return [
      ...equalFaults(inner, outer, OPAQUE).map((fault) => ({ path, fault })),
      ...types.flatMap((type) => valueFaults(inner, outer, type).map((fault) => ({ path, fault }))),
      ...(types.includes('object') ? this.#memberFaults(inner, outer, path) : []),
      ...(types.includes('array') ? this.#itemFaults(inner, outer, path) : []),
    ];
  }

  #memberFaults(inner: SchemaObject, outer: SchemaObject, path: string): readonly SubsetFault[] {
    const [own, asked] = [membersOf(inner), membersOf(outer)];
    const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
    const present = new Set(inner['required'] as readonly string[] | undefined);
    const missing = ((outer['required'] ?? []) as readonly string[])
      .filter((name) => !present.has(name))
      .map((name) => ({ path: at(name), fault: 'may be absent' }));
    const named = Object.entries(own).flatMap(([name, member]) => {
      const wanted = Object.hasOwn(asked, name) ? asked[name] : furtherOf(outer);
      if (wanted === false && member !== false) {
        return [{ path: at(name), fault: 'may be there' }];
      }
      return this.faults(member, wanted ?? true, at(name));
    });
    // Only a schema of its own says that there are members of any name, as in a record.
    const further = inner['additionalProperties'];
    const rest =
      further === undefined || further === false || isEmpty(further)
        ? []
        : [
            ...this.faults(further as JsonSchema, furtherOf(outer), at('*')),
            ...Object.entries(asked)
              .filter(([name]) => !Object.hasOwn(own, name))
              .flatMap(([name, member]) => this.faults(further as JsonSchema, member, at(name))),
          ];
    return [...missing, ...named, ...rest];
  }

  #itemFaults(inner: SchemaObject, outer: SchemaObject, path: string): readonly SubsetFault[] {
    const [own, asked] = [firstItemsOf(inner), firstItemsOf(outer)];
    const first = Array.from({ length: Math.max(own.length, asked.length) }, (_, index) =>
      this.faults(own[index] ?? restOf(inner), asked[index] ?? restOf(outer), `${path}[${index}]`),
    );
    return [...first.flat(), ...this.faults(restOf(inner), restOf(outer), `${path}[]`)];
  }

  #alternativeFaults(
    inner: SchemaObject,
    alternatives: readonly JsonSchema[],
    path: string,
  ): readonly SubsetFault[] {
    const values = listedValues(inner);
    if (values !== undefined) {
      return values
        .filter((value) => !alternatives.some((one) => fits(value, one, this.#outer)))
        .map((value) => ({ path, fault: `may be ${JSON.stringify(value)}` }));
    }
    const types = typesOf(inner);
    if (types.length > 1) {
      return types.flatMap((type) =>
        this.#alternativeFaults({ ...inner, type }, alternatives, path),
      );
    }
    const outcomes = alternatives.map((one) => this.faults(inner, one, path));
    if (outcomes.some((faults) => faults.length === 0)) return [];
    const near = alternatives.flatMap((one, index) => {
      const target = resolved(one, this.#outer) ?? {};
      return isTypeOf(types[0] ?? 'object', typesOf(target)) ? [outcomes[index] ?? []] : [];
    });
    if (near.length === 1 && near[0] !== undefined) return near[0];
    return [{ path, fault: 'may fit none of the alternatives' }];
  }

  #fewest(
    schemas: readonly JsonSchema[],
    outer: SchemaObject,
    path: string,
  ): readonly SubsetFault[] {
    const outcomes = schemas.map((schema) => this.faults(schema, outer, path));
    return outcomes.toSorted((left, right) => left.length - right.length)[0] ?? [];
  }

  /** A schema for what fits both, where one of them is narrow enough to stand for both. */
  #both(rest: SchemaObject, member: JsonSchema): JsonSchema {
    const isFree = Object.keys(rest).every((keyword) => keyword === 'type');
    const target = resolved(member, this.#inner);
    if (isFree && (target === undefined || 'type' in target)) return member;
    if (isFree && target !== undefined) return { ...rest, ...target };
    return { allOf: [rest, member] };
  }
}

const membersOf = ({ properties }: SchemaObject): Readonly<Record<string, JsonSchema>> =>
  (properties ?? {}) as Readonly<Record<string, JsonSchema>>;
const furtherOf = ({ additionalProperties }: SchemaObject): JsonSchema =>
  (additionalProperties ?? true) as JsonSchema;
const firstItemsOf = ({ prefixItems }: SchemaObject): readonly JsonSchema[] =>
  (prefixItems ?? []) as readonly JsonSchema[];
const restOf = ({ items }: SchemaObject): JsonSchema => (items ?? true) as JsonSchema;
const isEmpty = (schema: unknown): boolean =>
  schema === true || Object.keys(restrictionsOf(schema as JsonSchema)).length === 0;
const isNothing = (schema: SchemaObject): boolean => isSame(schema, { not: {} });
const named = (type: TypeName): string => (type === 'null' ? 'null' : `of the type ${type}`);
