import { command, event, type ResultOf } from '@tidings/domain';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

import {
  bind,
  CurrentUnitOfWork,
  handle,
  on,
  token,
  type HandlerContext,
  type MessageBus,
  type UnitOfWork,
} from '../src/index.ts';

const Allocate = command(
  'stock.Allocate',
  z.object({ sku: z.string(), qty: z.coerce.number(), note: z.string().default('') }),
  { result: z.string().optional() },
);
const Restock = command('stock.Restock', z.object({ sku: z.string() }));
const Allocated = event('stock.Allocated', z.object({ sku: z.string(), ref: z.string() }));
const OutOfStock = event('stock.OutOfStock', z.object({ sku: z.string() }));

interface Products {
  get(sku: string): Promise<{ allocate(qty: number): string } | undefined>;
}
const Products = token<Products>('Products');
const Mailer = token<{ send(to: string): void }>('Mailer');

declare const bus: MessageBus;
declare const context: HandlerContext;
declare const products: Products;

test('factories take what the schema accepts, and nothing else', () => {
  expectTypeOf(Allocate).parameter(0).toHaveProperty('sku');
  Allocate({ sku: 'LAMP', qty: '3' });
  // @ts-expect-error -- qty is missing
  Allocate({ sku: 'LAMP' });
  // @ts-expect-error -- sku is no number
  Allocated({ sku: 1, ref: 'b1' });
  expectTypeOf(Allocated({ sku: 'LAMP', ref: 'b1' }).type).toEqualTypeOf<'stock.Allocated'>();
});

test('handlers get what the schema gives', () => {
  handle(Allocate, {}, (data) => {
    expectTypeOf(data).toEqualTypeOf<{ sku: string; qty: number; note: string }>();
    return 'b1';
  });
  on([Allocated, OutOfStock], 'both', {}, (data) => {
    expectTypeOf(data).toEqualTypeOf<{ sku: string; ref: string } | { sku: string }>();
  });
});

test('a handler returns what its command promises', () => {
  handle(Allocate, {}, () => undefined);
  handle(Allocate, {}, async () => 'b1');
  // @ts-expect-error -- the result is a string
  handle(Allocate, {}, () => 42);
  // @ts-expect-error -- the result is a string, also when it comes later
  handle(Allocate, {}, async () => 42);
  handle(Restock, {}, () => 42);
});

test('a handler returns what the schema of the result accepts, a caller gets what it gives', () => {
  const Count = command('stock.Count', z.object({}), { result: z.string().transform(Number) });
  handle(Count, {}, () => '3');
  // @ts-expect-error -- the schema makes the number, not the handler
  handle(Count, {}, () => 3);
  expectTypeOf(bus.execute(Count({}))).resolves.toEqualTypeOf<number>();
});

test('execute gives the declared result, and unknown without one', () => {
  expectTypeOf(bus.execute(Allocate({ sku: 'LAMP', qty: 1 }))).resolves.toEqualTypeOf<
    string | undefined
  >();
  expectTypeOf(bus.execute(Restock({ sku: 'LAMP' }))).resolves.toEqualTypeOf<unknown>();
  expectTypeOf<ResultOf<ReturnType<typeof Allocate>>>().toEqualTypeOf<string | undefined>();
});

test('commands are sent and events are published, never the other way round', () => {
  context.send(Restock({ sku: 'LAMP' }));
  context.publish(OutOfStock({ sku: 'LAMP' }));
  // @ts-expect-error -- an event is no command
  context.send(OutOfStock({ sku: 'LAMP' }));
  // @ts-expect-error -- a command is no event
  context.publish(Restock({ sku: 'LAMP' }));
  // @ts-expect-error -- an event cannot be executed
  void bus.execute(OutOfStock({ sku: 'LAMP' }));
});

test('an intent is for commands only', () => {
  context.send(Restock({ sku: 'LAMP' }), { intent: 'i1' });
  void bus.send(Restock({ sku: 'LAMP' }), { intent: 'i1' });
  context.publish(OutOfStock({ sku: 'LAMP' }), { partitionKey: 'k' });
  // @ts-expect-error -- an event has none
  context.publish(OutOfStock({ sku: 'LAMP' }), { intent: 'i1' });
  // @ts-expect-error -- an event has none
  void bus.publish(OutOfStock({ sku: 'LAMP' }), { intent: 'i1' });
});

test('dependencies have the types of their tokens', () => {
  handle(Restock, { products: Products, unit: CurrentUnitOfWork }, (_data, dependencies) => {
    expectTypeOf(dependencies.products).toEqualTypeOf<Products>();
    expectTypeOf(dependencies.unit).toEqualTypeOf<UnitOfWork>();
    // @ts-expect-error -- nothing of that name was asked for
    return dependencies.mailer;
  });
  bind(Products, {}, () => products);
  // @ts-expect-error -- a mailer is no repository
  bind(Products, {}, () => ({ send: () => {} }));
  bind(Mailer, { products: Products }, (dependencies) => {
    expectTypeOf(dependencies).toEqualTypeOf<{ readonly products: Products }>();
    return { send: () => {} };
  });
});

test('a handler is a function, which a unit test calls with fakes of the right types', () => {
  const restock = handle(Restock, { products: Products }, async ({ sku }, dependencies) =>
    dependencies.products.get(sku),
  );
  void restock({ sku: 'LAMP' }, { products }, context);
  // @ts-expect-error -- the fake is no repository
  void restock({ sku: 'LAMP' }, { products: {} }, context);
  // @ts-expect-error -- a dependency is missing
  void restock({ sku: 'LAMP' }, {}, context);
  // @ts-expect-error -- the data do not fit
  void restock({ sku: 1 }, { products }, context);
});

test('data that do not fit are refused wherever a message is made', () => {
  // @ts-expect-error -- sku is text
  context.send(Restock({ sku: 1 }));
  // @ts-expect-error -- sku is missing
  void bus.execute(Restock({}));
  // @ts-expect-error -- ref is missing
  void bus.publish(Allocated({ sku: 'LAMP' }));
});
