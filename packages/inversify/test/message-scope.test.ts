import { CurrentUnitOfWork, handle, on, token, type UnitOfWork } from '@tidings/core';
import { inject, injectable } from 'inversify';
import { expect, it } from 'vitest';

import { identifier } from '../src/index.ts';
import { containerOf, startIn } from './support/compose.ts';
import { Ping, Ponged } from './support/messages.ts';

interface Repository {
  readonly unit: UnitOfWork;
}
const First = token<Repository>('First');
const Second = token<Repository>('Second');

const tick = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

it('gives each message one unit of work, shared by all that is made for it, and no other message', async () => {
  const units = new Set<UnitOfWork>();
  const ping = handle(Ping, { first: First, second: Second }, async (_data, { first, second }) => {
    await tick();
    expect(second.unit).toBe(first.unit);
    expect(first.unit.state).toBe('open');
    units.add(first.unit);
  });
  const container = containerOf([ping], (bind) => {
    for (const repository of [First, Second]) {
      bind(identifier(repository)).toResolvedValue(
        (unit) => ({ unit }),
        [identifier(CurrentUnitOfWork)],
      );
    }
  });
  const app = await startIn(container);
  await Promise.all(Array.from({ length: 100 }, (_, n) => app.bus.execute(Ping({ n }))));
  expect(units.size).toBe(100);
  expect([...units].every(({ state }) => state === 'committed')).toBe(true);
});

it('keeps apart a command and the command that its handler executes', async () => {
  const units: UnitOfWork[] = [];
  const container = containerOf(
    [
      handle(Ping, { first: First }, async ({ n }, { first }) => {
        if (n > 0) await app.bus.execute(Ping({ n: n - 1 }));
        expect(first.unit.state).toBe('open');
        units.push(first.unit);
      }),
    ],
    (bind) => {
      bind(identifier(First))
        .toResolvedValue((unit) => ({ unit }), [identifier(CurrentUnitOfWork)])
        .inRequestScope();
    },
  );
  const app = await startIn(container);
  await app.bus.execute(Ping({ n: 2 }));
  expect(new Set(units).size).toBe(3);
});

it('gives every subscription of an event a unit of work of its own', async () => {
  const units = new Set<UnitOfWork>();
  const listeners = ['a', 'b', 'c'].map((name) =>
    on(Ponged, name, { unit: CurrentUnitOfWork }, (_data, { unit }) => units.add(unit)),
  );
  const app = await startIn(containerOf(listeners));
  await app.bus.publish(Ponged({ n: 1 }));
  await app.settled();
  expect(units.size).toBe(3);
});

it.each(['Transient', 'Request', 'Singleton'] as const)(
  'leaves scopes as they are where the default is %s',
  async (defaultScope) => {
    const made = { transient: 0, request: 0, singleton: 0 };
    const Transient = token<number>('Transient');
    const Request = token<number>('Request');
    const Singleton = token<number>('Singleton');
    const All = token<readonly unknown[]>('All');
    const ping = handle(
      Ping,
      { transient: Transient, request: Request, singleton: Singleton, all: All },
      (_data, { transient, request, singleton, all }) => {
        expect(all).toEqual([transient + 1, request, singleton]);
      },
    );
    const container = containerOf(
      [ping],
      (bind) => {
        bind(identifier(Transient))
          .toDynamicValue(() => (made.transient += 1))
          .inTransientScope();
        bind(identifier(Request))
          .toDynamicValue(() => (made.request += 1))
          .inRequestScope();
        bind(identifier(Singleton))
          .toDynamicValue(() => (made.singleton += 1))
          .inSingletonScope();
        bind(identifier(All))
          .toResolvedValue(
            (...values) => values,
            [identifier(Transient), identifier(Request), identifier(Singleton)],
          )
          .inTransientScope();
      },
      { defaultScope },
    );
    const app = await startIn(container);
    await app.bus.execute(Ping({ n: 1 }));
    await app.bus.execute(Ping({ n: 2 }));
    expect(made).toEqual({ transient: 4, request: 2, singleton: 1 });
  },
);

it('makes classes with decorators, from tokens and from other classes', async () => {
  @injectable()
  class Counter {
    count = 0;
  }
  @injectable()
  class Counting implements Repository {
    readonly unit: UnitOfWork;
    readonly counter: Counter;
    constructor(
      @inject(CurrentUnitOfWork.key) unit: UnitOfWork,
      @inject(Counter) counter: Counter,
    ) {
      this.unit = unit;
      this.counter = counter;
    }
  }
  const Count = token<Counting>('Count');
  const ping = handle(Ping, { count: Count }, (_data, { count }) => {
    expect(count.unit.state).toBe('open');
    return (count.counter.count += 1);
  });
  const container = containerOf([ping], (bind) => {
    bind(Counter).toSelf().inSingletonScope();
    bind(identifier(Count)).to(Counting).inRequestScope();
  });
  const app = await startIn(container);
  expect(await app.bus.execute(Ping({ n: 0 }))).toBe(1);
  expect(await app.bus.execute(Ping({ n: 0 }))).toBe(2);
});

it('says that there is no unit of work outside of messages', async () => {
  const container = containerOf([]);
  await startIn(container);
  expect(() => container.get(identifier(CurrentUnitOfWork))).toThrow('There is no unit of work');
});
