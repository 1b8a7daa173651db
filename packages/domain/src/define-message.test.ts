import { type } from 'arktype';
import { array, assert, dictionary, jsonValue, oneof, property, string } from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { command, event } from './define-message.ts';
import { definitionKey } from './message.ts';
import { TidingsError } from './tidings-error.ts';

const line = z.object({ sku: z.string(), tags: z.array(z.string()) });
const faultsOf = (define: () => unknown): unknown => {
  try {
    define();
    return [];
  } catch (error) {
    return TidingsError.is(error, 'TIDINGS_INVALID_DEFINITION') ? error.details['faults'] : error;
  }
};

const upcaster = (data: unknown): unknown => data;

describe('a definition', () => {
  it('makes frozen messages that carry type, version and data', () => {
    const Allocate = command('stock.Allocate', line, {
      version: 2,
      upcasters: { 1: (data) => data },
    });
    const message = Allocate({ sku: 'LAMP', tags: ['a'] });
    expect(message).toEqual({
      kind: 'command',
      type: 'stock.Allocate',
      version: 2,
      data: { sku: 'LAMP', tags: ['a'] },
    });
    expect(Object.isFrozen(message) && Object.isFrozen(message.data.tags)).toBe(true);
    expect(Allocate.type).toBe('stock.Allocate');
    expect(Allocate.name).toBe('stock.Allocate');
  });

  it('keeps the definition with the message, but out of what is serialised', () => {
    const Allocated = event('stock.Allocated', line);
    const message = Allocated({ sku: 'LAMP', tags: [] });
    expect((message as unknown as Record<symbol, unknown>)[definitionKey]).toBe(Allocated);
    expect(Object.keys(JSON.parse(JSON.stringify(message)) as object)).toEqual([
      'kind',
      'type',
      'version',
      'data',
    ]);
  });

  it('shares nothing with the data it was given, whatever that is', () => {
    const Anything = event('test.Anything', z.unknown());
    const structure = oneof(array(jsonValue()), dictionary(string(), jsonValue()));
    assert(
      property(structure, (data) => {
        const message = Anything(data);
        expect(message.data).toEqual(data);
        expect(message.data).not.toBe(data);
        expect(Object.isFrozen(data)).toBe(false);
      }),
    );
  });

  it('keeps what is no plain object or array as it is, for the schema to judge', () => {
    const at = new Date(0);
    const message = event('test.Anything', z.unknown())({ at, tags: new Set(['a']) });
    expect(message.data).toEqual({ at, tags: new Set(['a']) });
    expect((message.data as { at: Date }).at).toBe(at);
  });

  it('needs no upcaster from versions that no longer arrive', () => {
    const Allocated = event('stock.Allocated', line, { version: 4, upcasters: { 3: upcaster } });
    expect([...Allocated.upcasters]).toEqual([[3, upcaster]]);
    expect(
      faultsOf(() => event('stock.A', line, { version: 3, upcasters: { 0: upcaster } })),
    ).toEqual([
      'the upcaster from version 0 leads nowhere, the version is 3',
      'an upcaster from version 1 is missing',
      'an upcaster from version 2 is missing',
    ]);
  });

  it('keeps a key called __proto__ a key', () => {
    const Anything = event('test.Anything', z.unknown());
    const message = Anything(JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.keys(message.data as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('takes the schemas of any vendor', () => {
    const makers = [
      event('test.Zod', z.object({ n: z.number() })),
      event('test.Valibot', v.object({ n: v.number() })),
      event('test.Arktype', type({ n: 'number' })),
    ];
    expect(makers.map((make) => make({ n: 1 }).data)).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
  });

  it.each(['', '1st', 'a b', 'a..b', '.a', 'a.', 'a\n', 'x'.repeat(201), '__proto__'])(
    'refuses the type %j',
    (name) => {
      expect(faultsOf(() => command(name, line))).toHaveLength(1);
    },
  );

  it('names every fault at once', () => {
    const upcasters = { 2: (data: unknown) => data, 5: (data: unknown) => data };
    expect(faultsOf(() => event('no good', {} as never, { version: 4, upcasters }))).toEqual([
      'its type must be letters and digits, parted by single dots, hyphens or underscores',
      'its schema is no Standard Schema (it has no "~standard".validate)',
      'the upcaster from version 5 leads nowhere, the version is 4',
      'an upcaster from version 3 is missing',
    ]);
    expect(faultsOf(() => event('test.Versioned', line, { version: 1.5 }))).toEqual([
      'its version must be a whole number from 1',
    ]);
  });
});
