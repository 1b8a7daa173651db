import { command, event } from '@tidings/domain';
import { assert, property, record, shuffledSubarray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { handle } from '../handlers/command-handler.ts';
import { feature } from '../handlers/feature.ts';
import { on } from '../handlers/subscription.ts';
import { compareContracts, describeChanges } from './compare-contracts.ts';
import { contractOf, formatContract } from './contract-of.ts';
import type { Contract } from './contract.ts';

type Options = Parameters<typeof event>[2];

const ofEvent = (schema: z.ZodType, options: Options = {}): Contract =>
  contractOf([], { messages: [event('shop.Sold', schema, options)] });
const ofCommand = (schema: z.ZodType, result?: z.ZodType): Contract =>
  contractOf([], {
    messages: [command('shop.Sell', schema, result === undefined ? {} : { result })],
  });

const told = (before: Contract, after: Contract): readonly (readonly string[])[] => {
  const { breaking, compatible } = compareContracts(before, after);
  return [breaking.map(({ path }) => path), compatible.map(({ path }) => path)];
};
const BREAKING_AT = (...paths: readonly string[]): readonly unknown[] => [paths, []];
const COMPATIBLE = [[], ['']];

const sold = z.object({ sku: z.string(), qty: z.int() });

describe('a contract', () => {
  const Sell = command('shop.Sell', sold, { result: z.object({ order: z.string() }) });
  const Sold = event('shop.Sold', sold, { version: 3, upcasters: { 2: (data) => data } });
  const sell = handle(Sell, {}, () => ({ order: 'o1' }));
  const stock = on(Sold, 'stock', {}, () => {});
  const mail = on(Sold, 'mail', {}, () => {});

  it('has every message with its version, its schemas and who uses it', () => {
    const contract = contractOf([feature('sales', [sell, stock]), feature('mails', [mail])]);
    expect(contract.messages).toMatchObject({
      'shop.Sell': {
        kind: 'command',
        version: 1,
        readsFrom: 1,
        data: { properties: { sku: { type: 'string' } }, required: ['sku', 'qty'] },
        result: { properties: { order: { type: 'string' } } },
        usedBy: [{ feature: 'sales', as: 'handler' }],
      },
      'shop.Sold': {
        kind: 'event',
        version: 3,
        readsFrom: 2,
        usedBy: [
          { feature: 'mails', as: 'subscription', name: 'mail' },
          { feature: 'sales', as: 'subscription', name: 'stock' },
        ],
      },
    });
  });

  it('is the same text whatever the order of features and parts', () => {
    const expected = formatContract(contractOf([feature('sales', [sell, stock, mail])]));
    const parts = shuffledSubarray([sell, stock, mail], { minLength: 3 });
    assert(
      property(record({ parts }), ({ parts: shuffled }) => {
        expect(formatContract(contractOf([feature('sales', shuffled)]))).toBe(expected);
      }),
    );
    expect(
      compareContracts(
        JSON.parse(expected) as Contract,
        contractOf([feature('sales', [stock, mail, sell])]),
      ),
    ).toEqual({ breaking: [], compatible: [] });
  });

  it('is refused where a schema does not describe itself, unless somebody else does', () => {
    const mute = {
      '~standard': {
        version: 1 as const,
        vendor: 'mute',
        validate: (value: unknown) => ({ value }),
      },
    };
    const messages = [event('shop.Mute', mute), event('shop.Dated', z.object({ at: z.date() }))];
    expect(() => contractOf([], { messages })).toThrow(
      /shop\.Mute has no JSON Schema \(mute does not say it\).*shop\.Dated has no JSON Schema/s,
    );
    const [first] = messages;
    const contract = contractOf([], {
      messages: first === undefined ? [] : [first],
      jsonSchema: () => ({ type: 'string' }),
    });
    expect(contract.messages['shop.Mute']?.data).toEqual({ type: 'string' });
  });

  it('is refused where a type is defined twice', () => {
    const again = event('shop.Sold', sold);
    expect(() => contractOf([feature('sales', [stock, on(again, 'again', {}, () => {})])])).toThrow(
      'shop.Sold is defined twice',
    );
  });
});

describe('a change of an event', () => {
  it.each<readonly [what: string, after: z.ZodType, expected: readonly unknown[]]>([
    ['an optional member more', sold.extend({ note: z.string().optional() }), COMPATIBLE],
    ['a description', sold.describe('what was sold'), COMPATIBLE],
    ['a member more that has to be there', sold.extend({ note: z.string() }), BREAKING_AT('note')],
    ['a member less', sold.omit({ qty: true }), BREAKING_AT('qty')],
    ['a member of another type', sold.extend({ qty: z.string() }), BREAKING_AT('qty', 'qty')],
    ['a stricter rule', sold.extend({ sku: z.string().max(9) }), BREAKING_AT('sku')],
    ['a looser rule', sold.extend({ qty: z.int().nullable() }), BREAKING_AT('qty')],
  ])('by %s', (_, after, expected) => {
    expect(told(ofEvent(sold), ofEvent(after))).toEqual(expected);
  });

  it('is free with a new version, as long as the one before can be read', () => {
    const other = z.object({ item: z.string() });
    const upcasters = { 1: (data: unknown) => data };
    expect(told(ofEvent(sold), ofEvent(other, { version: 2, upcasters }))).toEqual(COMPATIBLE);
    expect(told(ofEvent(sold), ofEvent(other, { version: 2 }))).toEqual(BREAKING_AT(''));
    expect(told(ofEvent(other, { version: 2, upcasters }), ofEvent(other))).toEqual(
      BREAKING_AT(''),
    );
  });

  it('is told with the message, the path, what changed and what to do', () => {
    const { breaking } = compareContracts(
      ofEvent(sold),
      ofEvent(sold.extend({ qty: z.int().min(1) })),
    );
    expect(describeChanges(breaking)).toMatch(
      /^- shop\.Sold, qty: What was written before may be less than 1, and that does not fit any more\. Raise the version of the message, and add an upcaster/,
    );
  });
});

describe('a change of a command', () => {
  it.each<readonly [what: string, after: z.ZodType, expected: readonly unknown[]]>([
    ['an optional member more', sold.extend({ note: z.string().optional() }), COMPATIBLE],
    ['a member less', sold.omit({ qty: true }), COMPATIBLE],
    ['a looser rule', sold.extend({ qty: z.int().nullable() }), COMPATIBLE],
    ['a stricter rule', sold.extend({ qty: z.int().min(1) }), BREAKING_AT('qty')],
    ['a member more that has to be there', sold.extend({ note: z.string() }), BREAKING_AT('note')],
  ])('by %s', (_, after, expected) => {
    expect(told(ofCommand(sold), ofCommand(after))).toEqual(expected);
  });

  it.each<readonly [what: string, after: z.ZodType | undefined, expected: readonly unknown[]]>([
    [
      'an optional member more',
      z.object({ id: z.string(), at: z.string().optional() }),
      COMPATIBLE,
    ],
    ['a member less', z.object({}), BREAKING_AT('result.id')],
    ['a member more', z.object({ id: z.string(), at: z.string() }), BREAKING_AT('result.at')],
    ['nothing', undefined, BREAKING_AT('result')],
  ])('whose result has %s', (_, after, expected) => {
    expect(told(ofCommand(sold, z.object({ id: z.string() })), ofCommand(sold, after))).toEqual(
      expected,
    );
  });
});

it('a message that comes is compatible; one that goes, or becomes something else, is not', () => {
  const both = { messages: { ...ofEvent(sold).messages, ...ofCommand(sold).messages } };
  expect(told(ofEvent(sold), both)).toEqual(COMPATIBLE);
  expect(told(both, ofEvent(sold))).toEqual(BREAKING_AT(''));
  const asCommand = contractOf([], { messages: [command('shop.Sold', sold)] });
  expect(told(ofEvent(sold), asCommand)).toEqual(BREAKING_AT(''));
});
