import { CurrentUnitOfWork, handle, on, token, type UnitOfWork } from '@tidings/core';
import { InMemoryUnit } from '@tidings/in-memory';
import { inject, injectable } from 'inversify';
import { expect, it } from 'vitest';

import { identifier } from '../src/index.ts';
import { containerOf, faultsOf, startIn } from './support/compose.ts';
import { Ping, Ponged } from './support/messages.ts';

const Products = token<object>('Products');
const Prices = token<object>('Prices');
const Mail = token<object>('Mail');
const Templates = token<object>('Templates');

const usesProducts = handle(Ping, { products: Products }, () => {});

it('names everything that is not bound, at any depth, in one error, and makes nothing to find out', () => {
  let made = 0;
  const listener = on(Ponged, 'listener', { mail: Mail, prices: Prices }, () => {});
  const container = containerOf([usesProducts, listener], (bind) => {
    bind(identifier(Products)).toResolvedValue(
      (...needed: unknown[]) => ({ made: (made += needed.length) }),
      [identifier(Templates), Symbol.for('a symbol'), 'a name', identifier(CurrentUnitOfWork)],
    );
    bind(identifier(Mail)).toService(identifier(Templates));
  });
  expect(faultsOf(container)).toEqual([
    '"Templates" is not bound; "Products", for the handler of test.Ping, needs it',
    '"a symbol" is not bound; "Products", for the handler of test.Ping, needs it',
    '"a name" is not bound; "Products", for the handler of test.Ping, needs it',
    '"Prices" is not bound; the subscription "listener" needs it',
  ]);
  expect(made).toBe(0);
});

it('names a class that is not bound, where nothing can stand in for it', () => {
  class Unbound {
    readonly name = 'unbound';
  }
  @injectable()
  class Catalogue {
    readonly unbound: Unbound;
    constructor(@inject(Unbound) unbound: Unbound) {
      this.unbound = unbound;
    }
  }
  const container = containerOf([usesProducts], (bind) => {
    bind(identifier(Products)).to(Catalogue);
  });
  expect(faultsOf(container)).toEqual([
    '"Unbound" is not bound; "Products", for the handler of test.Ping, needs it',
  ]);
});

it('refuses a circle, and a token that is bound twice', () => {
  const container = containerOf(
    [usesProducts, on(Ponged, 'l', { mail: Mail }, () => {})],
    (bind) => {
      bind(identifier(Products)).toResolvedValue((prices) => prices, [identifier(Prices)]);
      bind(identifier(Prices)).toResolvedValue((products) => products, [identifier(Products)]);
      bind(identifier(Mail)).toConstantValue({});
      bind(identifier(Mail)).toConstantValue({});
    },
  );
  expect(faultsOf(container)).toEqual([
    expect.stringMatching(
      /"Products", for the handler of test.Ping, cannot be resolved: it depends on itself, .*"Products" → "Prices" → "Products"/,
    ),
    '"Mail" is bound more than once; bind it once',
  ]);
});

it('refuses a singleton that would keep the unit of work of the first message', () => {
  const container = containerOf([usesProducts], (bind) => {
    bind(identifier(Prices)).toResolvedValue((unit) => ({ unit }), [identifier(InMemoryUnit)]);
    bind(identifier(Products))
      .toResolvedValue((prices) => ({ prices }), [identifier(Prices)])
      .inSingletonScope();
  });
  expect(faultsOf(container)).toEqual([
    '"Products" is a singleton and cannot depend on "Prices", which belongs to one message; bind it in request scope',
  ]);
});

it('finds such a singleton also where a container makes singletons by default', () => {
  const container = containerOf(
    [usesProducts],
    (bind) => {
      bind(identifier(Products)).toResolvedValue(
        (unit) => ({ unit }),
        [identifier(CurrentUnitOfWork)],
      );
    },
    { defaultScope: 'Singleton' },
  );
  expect(faultsOf(container)).toEqual([
    '"Products" is a singleton and cannot depend on "CurrentUnitOfWork", which belongs to one message; bind it in request scope',
  ]);
});

it('refuses values made by async functions, until they have been made', async () => {
  const container = containerOf([usesProducts], (bind) => {
    bind(identifier(Products)).toResolvedValue((prices) => ({ prices }), [identifier(Prices)]);
    bind(identifier(Prices))
      .toDynamicValue(async () => ({}))
      .inSingletonScope();
  });
  expect(faultsOf(container)).toEqual([expect.stringContaining('"Prices" is made asynchronously')]);
  await container.getAsync(identifier(Prices));
  expect(faultsOf(container)).toEqual([]);
});

it('names a dependency that turns out to be asynchronous when a message needs it', async () => {
  const handler = handle(Ping, { products: Products, unit: CurrentUnitOfWork }, () => {});
  const container = containerOf([handler], (bind) => {
    bind(identifier(Products)).toDynamicValue(() => Promise.resolve({}));
  });
  const app = await startIn(container);
  await expect(app.bus.execute(Ping({ n: 1 }))).rejects.toMatchObject({
    code: 'TIDINGS_INVALID_COMPOSITION',
    faults: [expect.stringContaining('"Products" is made asynchronously')],
  });
});

it('leaves the container as it was, so that what was missing can be bound', async () => {
  const handler = handle(
    Ping,
    { unit: CurrentUnitOfWork, products: Products },
    (_, { unit }) => unit,
  );
  const container = containerOf([handler]);
  expect(faultsOf(container)).toHaveLength(1);
  expect(faultsOf(container)).toHaveLength(1);
  container.bind(identifier(Products)).toConstantValue({});
  const app = await startIn(container);
  const unit = (await app.bus.execute(Ping({ n: 1 }))) as UnitOfWork;
  expect(unit.state).toBe('committed');
});
