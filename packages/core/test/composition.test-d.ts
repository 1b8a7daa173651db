import { command, event } from '@tidings/domain';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

import {
  bind,
  createApp,
  feature,
  handle,
  on,
  token,
  type Adapter,
  type MissingTokens,
} from '../src/index.ts';

const Restock = command('stock.Restock', z.object({ sku: z.string() }));
const OutOfStock = event('stock.OutOfStock', z.object({ sku: z.string() }));

interface Products {
  get(sku: string): Promise<object | undefined>;
}
const Products = token<Products>('Products');
const Mailer = token<{ send(to: string): void }>('Mailer');

declare const adapter: Adapter<never>;
declare const products: Products;

test('features, bindings and adapters tell which tokens they need and provide', () => {
  const mailing = feature('mailing', [on(OutOfStock, 'mail', { mailer: Mailer }, () => {})]);
  const repository = bind(Products, {}, () => ({ get: async () => undefined }));
  const mailer = bind(Mailer, { products: Products }, () => ({ send: () => {} }));
  expectTypeOf<MissingTokens<[typeof mailing], [], []>>().toEqualTypeOf<typeof Mailer>();
  expectTypeOf<MissingTokens<[typeof mailing], [], [typeof mailer]>>().toEqualTypeOf<
    typeof Products
  >();
  expectTypeOf<
    MissingTokens<[typeof mailing], [], [typeof mailer, typeof repository]>
  >().toBeNever();
  expectTypeOf<
    MissingTokens<[typeof mailing], [Adapter<typeof Products>], [typeof mailer]>
  >().toBeNever();
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
