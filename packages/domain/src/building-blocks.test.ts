import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';

import { Aggregate, Entity, event, TidingsError, ValueObject } from './index.ts';

const Counted = event('test.Counted', z.object({ n: z.int() }));

class Counter extends Aggregate {
  count(n: number): void {
    this.record(Counted({ n }));
  }
}

describe('an aggregate', () => {
  it('records events in order until it is saved', () => {
    const counter = new Counter('c1');
    counter.count(1);
    counter.count(2);
    expect(counter.recordedEvents.map(({ data }) => data)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(counter.version).toBe(0);
    counter.markSaved(1);
    expect(counter.recordedEvents).toEqual([]);
    expect(counter.version).toBe(1);
  });

  it('forgets the events of a savepoint that was rolled back', () => {
    const counter = new Counter('c1', 7);
    counter.count(1);
    counter.count(2);
    counter.forgetEventsAfter(1);
    counter.forgetEventsAfter(5);
    expect(counter.recordedEvents).toHaveLength(1);
  });
});

class Money extends ValueObject<{ amount: number; currency: string; parts?: readonly object[] }> {}
class Points extends ValueObject<{ amount: number; currency: string }> {}

describe('a value object', () => {
  it('equals another of its class with the same attributes', () => {
    const parts = [{ at: new Date(0) }];
    expect(
      new Money({ amount: 1, currency: 'EUR', parts }).equals(
        new Money({ amount: 1, currency: 'EUR', parts: [{ at: new Date(0) }] }),
      ),
    ).toBe(true);
    expect(
      new Money({ amount: 1, currency: 'EUR' }).equals(new Money({ amount: 2, currency: 'EUR' })),
    ).toBe(false);
    expect(
      new Money({ amount: 1, currency: 'EUR' }).equals(new Points({ amount: 1, currency: 'EUR' })),
    ).toBe(false);
    expect(new Money({ amount: 1, currency: 'EUR' }).equals(undefined)).toBe(false);
  });

  it('equals one that has value objects of the same attributes in it', () => {
    const price = (amount: number): Money =>
      new Money({ amount: 1, currency: 'EUR', parts: [new Points({ amount, currency: 'P' })] });
    expect(price(1).equals(price(1))).toBe(true);
    expect(price(1).equals(price(2))).toBe(false);
    expect(price(1).equals(new Money({ amount: 1, currency: 'EUR', parts: [] }))).toBe(false);
    expect(price(1).equals(new Money({ amount: 1, currency: 'EUR' }))).toBe(false);
  });

  it('cannot be changed, nor by the object it was made of', () => {
    const attributes = { amount: 1, currency: 'EUR' };
    const money = new Money(attributes);
    attributes.amount = 2;
    expect(money.attributes.amount).toBe(1);
    expect(() => Object.assign(money.attributes, { amount: 3 })).toThrow(TypeError);
  });
});

class Batch extends Entity {}
class Order extends Entity {}

it('an entity equals another of its class with the same id', () => {
  expect(new Batch('b1').equals(new Batch('b1'))).toBe(true);
  expect(new Batch('b1').equals(new Batch('b2'))).toBe(false);
  expect(new Batch('b1').equals(new Order('b1'))).toBe(false);
});

describe('an error', () => {
  it('is recognised by its brand, also when another copy of the package made it', () => {
    const error = new TidingsError('TIDINGS_TEST', 'It failed.', { cause: new Error('why') });
    expect(TidingsError.is(error)).toBe(true);
    expect(TidingsError.is(error, 'TIDINGS_TEST')).toBe(true);
    expect(TidingsError.is(error, 'TIDINGS_OTHER')).toBe(false);
    const foreign = Object.assign(new Error('x'), {
      code: 'TIDINGS_TEST',
      [Symbol.for('@tidings/error')]: true,
    });
    expect(TidingsError.is(foreign, 'TIDINGS_TEST')).toBe(true);
    expect(TidingsError.is(new Error('x'))).toBe(false);
    expect(TidingsError.is(null)).toBe(false);
  });

  it('is recognised across two copies of the package, where instanceof is not', async () => {
    vi.resetModules();
    const copy = await import('./tidings-error.ts');
    expect(copy.TidingsError).not.toBe(TidingsError);
    const error = new copy.TidingsError('TIDINGS_TEST', 'It failed.');
    expect(error instanceof TidingsError).toBe(false);
    expect(TidingsError.is(error, 'TIDINGS_TEST')).toBe(true);
    expect(copy.TidingsError.is(new TidingsError('TIDINGS_TEST', 'It failed.'))).toBe(true);
  });

  it('says what it is, and is not transient unless it says so', () => {
    const error = new TidingsError('TIDINGS_TEST', 'It failed.');
    expect(error).toMatchObject({ name: 'TidingsError', transient: false, details: {} });
  });
});
