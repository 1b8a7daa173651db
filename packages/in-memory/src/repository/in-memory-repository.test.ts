import { UnstorableValueError } from '@tidings/core';
import { Aggregate, event } from '@tidings/domain';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { InMemoryPersistence } from '../in-memory-persistence.ts';
import { InMemoryStore } from '../store/in-memory-store.ts';
import { InMemoryRepository } from './in-memory-repository.ts';

const Noted = event('test.Noted', z.object({ text: z.string() }));

class Line {
  qty: number;
  constructor(qty: number) {
    this.qty = qty;
  }
  double(): void {
    this.qty *= 2;
  }
}

class Order extends Aggregate {
  lines: Line[] = [];
  notes = new Map<string, Date>();
  constructor(id: string, secret: string) {
    super(id);
    if (secret !== 'from the user') throw new Error('the constructor is for users');
  }
  note(text: string): void {
    this.record(Noted({ text }));
  }
}

class Hidden extends Aggregate {
  #total = 0;
  add(amount: number): void {
    this.#total += amount;
  }
  get total(): number {
    return this.#total;
  }
}

class Orders extends InMemoryRepository<Order> {
  async withLines(count: number): Promise<string[]> {
    return (await this.filter(({ lines }) => lines.length === count)).map(({ id }) => id);
  }
  async first(): Promise<Order | undefined> {
    return this.find(() => true);
  }
}

let persistence: InMemoryPersistence;

beforeEach(() => {
  persistence = new InMemoryPersistence(new InMemoryStore());
});

async function inUnit<T>(work: (orders: Orders) => Promise<T> | T): Promise<T> {
  const unit = await persistence.begin();
  const result = await work(new Orders(unit, 'Orders'));
  await unit.commit({ messages: [] });
  return result;
}

const addOrder = (id: string, ...lines: Line[]): Promise<void> =>
  inUnit((orders) => {
    const order = new Order(id, 'from the user');
    order.lines.push(...lines);
    orders.add(order);
  });

describe('InMemoryRepository', () => {
  test('gives copies with their classes, nested ones too, and never the instance that was saved', async () => {
    const line = new Line(1);
    await addOrder('o1', line);
    line.double();
    await inUnit(async (orders) => {
      const order = await orders.require('o1');
      expect(order).toBeInstanceOf(Order);
      expect(order.version).toBe(1);
      expect(order.lines[0]).toBeInstanceOf(Line);
      expect(order.lines[0]?.qty).toBe(1);
      expect(await orders.get('o1')).toBe(order);
    });
  });

  test('a change that is rolled back was never there', async () => {
    await addOrder('o1', new Line(1));
    const unit = await persistence.begin();
    const order = await new Orders(unit, 'Orders').require('o1');
    order.lines[0]?.double();
    await unit.rollback();
    expect(await inUnit(async (orders) => (await orders.require('o1')).lines[0]?.qty)).toBe(1);
  });

  test('saves what changed or recorded something, and nothing else', async () => {
    await addOrder('o1', new Line(1));
    await addOrder('o2');
    await inUnit(async (orders) => {
      await orders.require('o1');
      (await orders.require('o2')).note('hello');
    });
    await inUnit(async (orders) => {
      expect((await orders.require('o1')).version).toBe(1);
      const order = await orders.require('o2');
      expect(order.version).toBe(2);
      order.notes.set('now', new Date(0));
    });
    await inUnit(async (orders) => {
      const order = await orders.require('o2');
      expect(order.version).toBe(3);
      expect(order.notes).toEqual(new Map([['now', new Date(0)]]));
    });
  });

  test('queries see what the unit added, changed and removed', async () => {
    await addOrder('o1', new Line(1));
    await addOrder('o2', new Line(1));
    await addOrder('o3');
    await inUnit(async (orders) => {
      (await orders.require('o3')).lines.push(new Line(2));
      orders.remove(await orders.require('o1'));
      const added = new Order('o4', 'from the user');
      added.lines.push(new Line(1));
      orders.add(added);
      expect((await orders.withLines(1)).toSorted()).toEqual(['o2', 'o3', 'o4']);
      expect(await orders.get('o1')).toBeUndefined();
    });
    expect((await inUnit((orders) => orders.withLines(1))).toSorted()).toEqual(['o2', 'o3', 'o4']);
  });

  test('an aggregate removed can be replaced by another with its id, in one unit', async () => {
    await addOrder('o1', new Line(1));
    await inUnit(async (orders) => {
      orders.remove(await orders.require('o1'));
      orders.add(new Order('o1', 'from the user'));
    });
    await inUnit(async (orders) => {
      const order = await orders.require('o1');
      expect(order.lines).toEqual([]);
      expect(order.version).toBe(1);
    });
  });

  test('an aggregate added and removed in one unit is not saved', async () => {
    await inUnit((orders) => {
      const order = new Order('o1', 'from the user');
      orders.add(order);
      orders.remove(order);
    });
    expect(await inUnit((orders) => orders.first())).toBeUndefined();
  });

  test('refuses to copy a class with #private members, and says what to do', async () => {
    const unit = await persistence.begin();
    new InMemoryRepository<Hidden>(unit, 'Hidden').add(new Hidden('h1'));
    await expect(unit.commit({ messages: [] })).rejects.toThrow(UnstorableValueError);
    expect(await persistence.begin()).toBeDefined();
  });

  test('keeps a class with #private members by a mapping', async () => {
    const mapping = {
      toState: (hidden: Hidden) => ({ total: hidden.total }),
      fromState: (state: { total: number }, id: string, version: number) => {
        const hidden = new Hidden(id, version);
        hidden.add(state.total);
        return hidden;
      },
    };
    const first = await persistence.begin();
    const hidden = new Hidden('h1');
    hidden.add(3);
    new InMemoryRepository<Hidden, { total: number }>(first, 'Hidden', mapping).add(hidden);
    await first.commit({ messages: [] });
    const second = await persistence.begin();
    const again = await new InMemoryRepository<Hidden, { total: number }>(
      second,
      'Hidden',
      mapping,
    ).require('h1');
    expect([again.total, again.version]).toEqual([3, 1]);
  });
});
