import { token, type App as ComposedApp, type MessageBus as Bus } from '@tidings/core';
import { KnexUnit, type KnexUnitOfWork } from '@tidings/persistence-knex';
import type { Container } from 'inversify';
import { expectTypeOf, test } from 'vitest';

import { App, identifier, MessageBus } from '../src/index.ts';

interface Products {
  get(sku: string): Promise<object | undefined>;
}
const Products = token<Products>('Products');

declare const container: Container;

test('a container gives what the token is of', () => {
  expectTypeOf(container.get(identifier(Products))).toEqualTypeOf<Products>();
  expectTypeOf(container.get(App)).toEqualTypeOf<ComposedApp>();
  expectTypeOf(container.get(MessageBus)).toEqualTypeOf<Bus>();
});

test('a binding of another type does not compile', () => {
  container.bind(identifier(Products)).toConstantValue({ get: async () => undefined });
  // @ts-expect-error -- this is no repository
  container.bind(identifier(Products)).toConstantValue({});
  // @ts-expect-error -- this makes no repository
  container.bind(identifier(Products)).toResolvedValue(() => ({ send: () => {} }));
});

test('a resolved value is made of what its identifiers stand for', () => {
  container.bind(identifier(Products)).toResolvedValue(
    (unit) => {
      expectTypeOf(unit).toEqualTypeOf<KnexUnitOfWork>();
      return { get: async () => undefined };
    },
    [identifier(KnexUnit)],
  );
  container.bind(identifier(Products)).toResolvedValue(
    (_clock: number) => ({ get: async () => undefined }),
    // @ts-expect-error -- a unit of work is no number
    [identifier(KnexUnit)],
  );
});
