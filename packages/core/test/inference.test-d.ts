import { command, event, type ResultOf } from '@tidings/domain';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

import {
  bind,
  createApp,
  CurrentUnitOfWork,
  feature,
  handle,
  on,
  token,
  type Adapter,
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
declare const adapter: Adapter<never>;
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
  handle(Restock, {}, () => 42);
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
});

test('an application with a binding missing does not compile', () => {
  const features = [
    feature('stock', [
      handle(Restock, { products: Products }, () => {}),
      on(OutOfStock, 'mail', { mailer: Mailer }, () => {}),
    ]),
  ] as const;
  const adapters = [adapter] as const;
  const repository = bind(Products, {}, () => products);
  const mailer = bind(Mailer, { products: Products }, () => ({ send: () => {} }));
  createApp({ service: 's', features, adapters, provide: [repository, mailer] });
  // @ts-expect-error -- Mailer is not bound
  createApp({ service: 's', features, adapters, provide: [repository] });
  // @ts-expect-error -- Products, which Mailer's binding needs too, is not bound
  createApp({ service: 's', features, adapters, provide: [mailer] });
  // @ts-expect-error -- nothing is bound
  createApp({ service: 's', features, adapters });
});
