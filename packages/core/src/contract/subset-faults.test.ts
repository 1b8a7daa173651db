import {
  anything,
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  letrec,
  oneof,
  option,
  property,
  record,
  tuple,
  uniqueArray,
  type Arbitrary,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import type { JsonSchema } from './contract.ts';
import { subsetFaults } from './subset-faults.ts';

type Type = z.ZodType;

const jsonSchemaOf = (type: Type): JsonSchema =>
  (
    type['~standard'] as unknown as {
      readonly jsonSchema: { readonly input: (options: object) => JsonSchema };
    }
  ).jsonSchema.input({ target: 'draft-2020-12' });

const faultsOf = (inner: Type, outer: Type): readonly string[] =>
  subsetFaults(jsonSchemaOf(inner), jsonSchemaOf(outer)).map(({ path, fault }) =>
    `${path} ${fault}`.trim(),
  );

const small = integer({ min: 0, max: 4 });
const text = tuple(option(small, { nil: undefined }), option(small, { nil: undefined })).map(
  ([least, more]) => {
    const from = least === undefined ? z.string() : z.string().min(least);
    return more === undefined ? from : from.max((least ?? 0) + more);
  },
);
const number = tuple(
  boolean(),
  option(small, { nil: undefined }),
  option(small, { nil: undefined }),
).map(([isWhole, least, more]) => {
  const base = isWhole ? z.int() : z.number();
  const from = least === undefined ? base : base.min(least);
  return more === undefined ? from : from.max((least ?? 0) + more);
});
const choice = uniqueArray(constantFrom('a', 'b', 'c'), { minLength: 1 }).map((values) =>
  z.enum(values as [string, ...string[]]),
);
const scalar: Arbitrary<Type> = oneof<Arbitrary<Type>[]>(
  text,
  number,
  choice,
  constantFrom<Type>(z.boolean(), z.null(), z.literal('a'), z.literal(2)),
);

/** Schemas as messages have them, of few names, so that two of them often have to do with each other. */
const { schema, members } = letrec<{ schema: Type; members: Type }>((tie) => ({
  members: record(
    { a: tuple(tie('schema'), boolean()), b: tuple(tie('schema'), boolean()) },
    { requiredKeys: [] },
  ).map((shape) =>
    z.object(
      Object.fromEntries(
        Object.entries(shape).map(([name, [type, isOptional]]) => [
          name,
          isOptional ? type.optional() : type,
        ]),
      ),
    ),
  ),
  schema: oneof(
    { maxDepth: 2, withCrossShrink: true },
    scalar,
    tie('members'),
    tie('schema').map((type) => z.array(type)),
    tie('schema').map((type) => type.nullable()),
    tuple(tie('schema'), tie('schema')).map((types) => z.union(types)),
  ),
}));

/** Values of the same few names, some of which fit. */
const { value } = letrec<{ value: unknown }>((tie) => ({
  value: oneof(
    { maxDepth: 3 },
    constantFrom<unknown>('', 'a', 'b', 'abcd', null, true, 0, 1, 2, 4.5, 7),
    record({ a: tie('value'), b: tie('value') }, { requiredKeys: [] }),
    array(tie('value'), { maxLength: 2 }),
    anything({ maxDepth: 1 }),
  ),
}));

/** Two schemas; often the second one is the wider, or both are of objects. */
const pair: Arbitrary<readonly [Type, Type]> = oneof(
  tuple(schema, schema),
  tuple(scalar, scalar),
  tuple(members, members),
  tuple(schema, schema).map(([inner, other]): [Type, Type] => [inner, z.union([other, inner])]),
);

/** Only the members that a schema names are written by it. */
function written(type: Type, data: unknown): unknown {
  const parsed = type.safeParse(data);
  return parsed.success ? { data: parsed.data } : undefined;
}

const tree = (leaf: Type): Type => {
  const node: Type = z.object({
    leaf,
    get children() {
      return z.array(node);
    },
  });
  return node;
};

describe('the subset of schemas', () => {
  it('has no fault only where all data that fit the one fit the other', () => {
    let proofs = 0;
    assert(
      property(pair, array(value, { minLength: 20, maxLength: 40 }), ([inner, outer], data) => {
        if (faultsOf(inner, outer).length > 0) return;
        for (const one of data) {
          const fitting = written(inner, one) as { readonly data: unknown } | undefined;
          if (fitting === undefined) continue;
          proofs += 1;
          expect(outer.safeParse(fitting.data).success).toBe(true);
        }
      }),
      { numRuns: 4000 },
    );
    expect(proofs).toBeGreaterThan(100);
  });

  it('finds that every schema is one of itself, of what may be null as well, and of any data', () => {
    assert(
      property(oneof(schema, members), (type) => {
        expect(faultsOf(type, type)).toEqual([]);
        expect(faultsOf(type, type.nullable())).toEqual([]);
        expect(faultsOf(type, z.unknown())).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it.each<readonly [what: string, inner: Type, outer: Type, faults: readonly string[]]>([
    ['an optional member more', z.object({}), z.object({ a: z.string().optional() }), []],
    ['a member less', z.object({ a: z.string() }), z.object({}), []],
    [
      'a member less of a closed object',
      z.object({ a: z.int() }),
      z.strictObject({}),
      ['a may be there'],
    ],
    [
      'a member that has to be there',
      z.object({}),
      z.object({ a: z.string() }),
      ['a may be absent'],
    ],
    [
      'a member that was optional',
      z.object({ a: z.string().optional() }),
      z.object({ a: z.string() }),
      ['a may be absent'],
    ],
    [
      'another type',
      z.object({ a: z.string() }),
      z.object({ a: z.int() }),
      ['a may be of the type string'],
    ],
    [
      'null',
      z.object({ a: z.string().nullable() }),
      z.object({ a: z.string() }),
      ['a may be null'],
    ],
    ['whole numbers', z.int(), z.number(), []],
    [
      'numbers',
      z.number(),
      z.int().max(9),
      expect.arrayContaining(['may be of the type number']) as never,
    ],
    ['a lower limit', z.int().min(1), z.int().min(2), ['may be less than 2']],
    ['the same limit said otherwise', z.int().positive(), z.int().min(1), []],
    ['a higher limit', z.string().max(5), z.string().max(4), ['may have more than 4 characters']],
    [
      'a pattern',
      z.string(),
      z.string().regex(/^a/),
      ['need not fit the pattern that is asked for'],
    ],
    ['another pattern', z.string().regex(/^b/), z.string().regex(/^a/), ['has another pattern']],
    ['a value more', z.enum(['a', 'b']), z.enum(['a']), ['may be "b"']],
    ['a list of them', z.literal('a'), z.enum(['a', 'b']), []],
    [
      'what is in lists',
      z.object({ a: z.array(z.object({ b: z.string() })) }),
      z.object({ a: z.array(z.object({ b: z.int() })) }),
      ['a[].b may be of the type string'],
    ],
    ['records', z.record(z.string(), z.int()), z.record(z.string(), z.number()), []],
    [
      'records of another type',
      z.record(z.string(), z.string()),
      z.record(z.string(), z.int()),
      ['* may be of the type string'],
    ],
    ['pairs', z.tuple([z.string(), z.int()]), z.tuple([z.string(), z.int()]), []],
    [
      'both of two',
      z.object({ a: z.int() }).and(z.object({ b: z.int() })),
      z.object({ b: z.int() }),
      [],
    ],
    [
      'one of several kinds',
      z.discriminatedUnion('k', [
        z.object({ k: z.literal('a'), n: z.int() }),
        z.object({ k: z.literal('b'), n: z.int() }),
      ]),
      z.discriminatedUnion('k', [z.object({ k: z.literal('a'), n: z.int() })]),
      ['k may be "b"'],
    ],
  ])('tells %s', (_, inner, outer, faults) => {
    expect(faultsOf(inner, outer)).toEqual(faults);
  });

  it('ends with what refers to itself', () => {
    expect(faultsOf(tree(z.int()), tree(z.number()))).toEqual([]);
    expect(faultsOf(tree(z.string()), tree(z.int()))).toContain('leaf may be of the type string');
  });

  it('takes what it cannot compare for a fault, unless it is the same', () => {
    const inner = { type: 'object', patternProperties: { '^a': { type: 'string' } } };
    const other = { type: 'object', patternProperties: { '^b': { type: 'string' } } };
    expect(subsetFaults(inner, inner)).toEqual([]);
    expect(subsetFaults(inner, other)).toEqual([
      { path: '', fault: 'has another patternProperties' },
    ]);
    expect(subsetFaults({ $ref: 'elsewhere.json' }, true)).toEqual([
      { path: '', fault: 'refers to a schema that is not part of the contract' },
    ]);
  });
});
