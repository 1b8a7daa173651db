import { event } from '@tidings/domain';
import { createUncheckedApp, feature, handle, on, token, type AppOptions } from '@tidings/core';
import { inMemory } from '@tidings/in-memory';
import { expect, it } from 'vitest';
import { z } from 'zod';

import { Order, Ordered } from './messages.ts';

const compose = (options: Partial<AppOptions>): readonly string[] => {
  try {
    createUncheckedApp({ service: 'test', features: [], adapters: [inMemory()], ...options });
    return [];
  } catch (error) {
    return (error as { readonly faults: readonly string[] }).faults;
  }
};

it('proves all at once that everything fits together', () => {
  const Products = token<object>('Products');
  const order = handle(Order, { products: Products }, () => ({ accepted: true }));
  const ImpostorOfOrdered = event('test.Ordered', z.object({}));
  const features = [
    feature('a', [order, handle(Order, {}, () => ({ accepted: true }))]),
    feature('a', [
      on(Ordered, 'listener', {}, () => {}, {
        concurrency: 0,
        timeoutMs: -1,
        retry: [{ immediate: -1 }],
      }),
      on(ImpostorOfOrdered, 'listener', {}, () => {}),
      on(Ordered, 'commands', {}, () => {}),
      on([], 'nothing', {}, () => {}),
    ]),
  ];
  const faults = compose({
    service: 'no service',
    features,
    adapters: [],
    limits: { maxDepth: 0 },
  });
  expect(faults).toEqual([
    expect.stringContaining('the name of the service must be'),
    'no adapter brings a store',
    'no adapter brings a transport',
    'the handler of test.Order: there is another one; a command has exactly one handler',
    'there are two features "a"',
    'the subscription "listener": retry rule 1: "immediate" must be a whole number from 0',
    'the subscription "listener": its timeoutMs must be milliseconds above 0',
    'the subscription "listener": its concurrency must be a whole number from 1',
    'the message type "test.Ordered" is defined twice; define it once and import it',
    'the subscription "listener": there is another one; names of subscriptions and projections are unique',
    expect.stringContaining('the subscription "commands": its name must be'),
    'the subscription "nothing": it is for no event',
    '"Products" is not bound; the handler of test.Order needs it',
    'limits.maxDepth must be a whole number above 0',
  ]);
});

it('refuses two stores', () => {
  expect(compose({ adapters: [inMemory(), inMemory()] })).toEqual([
    expect.stringContaining('more than one adapter brings a store'),
    expect.stringContaining('more than one adapter brings a transport'),
    expect.stringContaining('"InMemoryUnit" is bound more than once'),
  ]);
});
