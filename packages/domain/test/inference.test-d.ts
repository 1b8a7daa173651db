import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

import {
  Aggregate,
  command,
  event,
  type Command,
  type DataOf,
  type Event,
  type ResultOf,
  ValueObject,
} from '../src/index.ts';

/** What is accepted: qty as text. What is given: qty as a number, and a note in any case. */
interface Accepted {
  sku: string;
  qty: string;
  note?: string | undefined;
}
interface Given {
  sku: string;
  qty: number;
  note: string;
}

const Zod = command(
  'zod.Allocate',
  z.object({
    sku: z.string(),
    qty: z.string().transform(Number),
    note: z.string().default(''),
  }),
  { result: z.string().transform((ref) => ({ ref })) },
);

const Valibot = command(
  'valibot.Allocate',
  v.object({
    sku: v.string(),
    qty: v.pipe(v.string(), v.transform(Number)),
    note: v.optional(v.string(), ''),
  }),
  {
    result: v.pipe(
      v.string(),
      v.transform((ref) => ({ ref })),
    ),
  },
);

const Arktype = command(
  'arktype.Allocate',
  type({ sku: 'string', qty: 'string.numeric.parse', note: 'string = ""' }),
  { result: type('string').pipe((ref) => ({ ref })) },
);

describe('with zod, valibot and arktype', () => {
  test('a factory takes the input of the schema', () => {
    expectTypeOf<Parameters<typeof Zod>>().branded.toEqualTypeOf<[data: Accepted]>();
    expectTypeOf<Parameters<typeof Valibot>>().branded.toEqualTypeOf<[data: Accepted]>();
    Arktype({ sku: 'LAMP', qty: '3' });
    for (const define of [Zod, Valibot, Arktype]) {
      define({ sku: 'LAMP', qty: '3', note: '' });
      // @ts-expect-error -- qty is text on its way in
      define({ sku: 'LAMP', qty: 3 });
      // @ts-expect-error -- qty is missing
      define({ sku: 'LAMP' });
      // @ts-expect-error -- there is no colour
      define({ sku: 'LAMP', qty: '3', colour: 'red' });
    }
  });

  test('data are the output of the schema', () => {
    expectTypeOf<DataOf<typeof Zod>>().branded.toEqualTypeOf<Given>();
    expectTypeOf<DataOf<typeof Valibot>>().branded.toEqualTypeOf<Given>();
    expectTypeOf<DataOf<typeof Arktype>>().branded.toEqualTypeOf<Given>();
  });

  test('the result is the output of its schema', () => {
    expectTypeOf<ResultOf<ReturnType<typeof Zod>>>().toEqualTypeOf<{ ref: string }>();
    expectTypeOf<ResultOf<ReturnType<typeof Valibot>>>().toEqualTypeOf<{ ref: string }>();
    expectTypeOf<ResultOf<ReturnType<typeof Arktype>>>().toEqualTypeOf<{ ref: string }>();
  });
});

test('without a schema of its own the result is unknown', () => {
  const Restock = command('stock.Restock', z.object({ sku: z.string() }));
  expectTypeOf<ResultOf<ReturnType<typeof Restock>>>().toBeUnknown();
});

test('messages are commands or events of their type, and read-only', () => {
  const OutOfStock = event('stock.OutOfStock', z.object({ sku: z.string() }));
  const message = OutOfStock({ sku: 'LAMP' });
  expectTypeOf(message).toEqualTypeOf<Event<'stock.OutOfStock', { sku: string }>>();
  expectTypeOf(message.kind).toEqualTypeOf<'event'>();
  expectTypeOf(message).not.toExtend<Command>();
  // @ts-expect-error -- messages do not change
  message.data = { sku: 'CHAIR' };
});

test('the partition key is made of what the factory takes', () => {
  command('stock.Restock', z.object({ sku: z.string(), qty: z.string().transform(Number) }), {
    partitionKey: (data) => {
      expectTypeOf(data).toEqualTypeOf<{ sku: string; qty: string }>();
      return data.sku;
    },
  });
  command('stock.Restock', z.object({ qty: z.number() }), {
    // @ts-expect-error -- a key is text
    partitionKey: ({ qty }) => qty,
  });
});

test('an aggregate records events, and only by itself', () => {
  const Restock = command('stock.Restock', z.object({ sku: z.string() }));
  class Product extends Aggregate {
    restock(): void {
      // @ts-expect-error -- a command is no event
      this.record(Restock({ sku: this.id }));
    }
  }
  const Restocked = event('stock.Restocked', z.object({ sku: z.string() }));
  // @ts-expect-error -- nobody else records for it
  new Product('p1').record(Restocked({ sku: 'p1' }));
});

test('the attributes of a value object are read-only', () => {
  class Line extends ValueObject<{ sku: string }> {}
  // @ts-expect-error -- attributes do not change
  new Line({ sku: 'LAMP' }).attributes.sku = 'CHAIR';
});
