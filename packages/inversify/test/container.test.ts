import 'reflect-metadata';
import {
  feature,
  handle,
  jsonLogger,
  on,
  token,
  type UnitOfWork,
  CurrentUnitOfWork,
} from '@tidings/core';
import { command, event } from '@tidings/domain';
import { Container, ContainerModule, inject, injectable } from 'inversify';
import { expect, it } from 'vitest';
import { z } from 'zod';

import { inMemory } from '../src/in-memory.ts';
import { App, bootstrap, identifier, MessageBus, tidings } from '../src/index.ts';

const Ping = command('test.Ping', z.object({ n: z.int() }));
const Ponged = event('test.Ponged', z.object({ n: z.int() }));

interface Repository {
  readonly unit: UnitOfWork;
}
const First = token<Repository>('First');
const Second = token<Repository>('Second');
const logger = jsonLogger({ level: 'silent' });

it('gives each message one unit of work, shared by all that is made for it, and no other message', async () => {
  const units = new Set<UnitOfWork>();
  const ping = handle(Ping, { first: First, second: Second }, async ({ n }, { first, second }) => {
    const { unit } = first;
    await new Promise((resolve) => setImmediate(resolve));
    expect(second.unit).toBe(unit);
    expect(unit.state).toBe('open');
    units.add(unit);
    return n;
  });
  const container = new Container();
  container.load(
    new ContainerModule(({ bind }) => {
      for (const one of [First, Second]) {
        bind(identifier(one)).toResolvedValue(
          (unit) => ({ unit }),
          [identifier(CurrentUnitOfWork)],
        );
      }
    }),
    tidings({ service: 'test', features: [feature('f', [ping])], logger }),
    inMemory(),
  );
  const app = bootstrap(container);
  await app.start();
  await Promise.all(Array.from({ length: 100 }, (_, n) => app.bus.execute(Ping({ n }))));
  expect(units.size).toBe(100);
  expect([...units].every(({ state }) => state === 'committed')).toBe(true);
  await app.stop();
});

it('binds the application and its bus in the container', async () => {
  const container = new Container();
  container.load(inMemory(), tidings({ service: 'test', features: [], logger }));
  const app = bootstrap(container);
  expect(container.get(App)).toBe(app);
  expect(container.get(MessageBus)).toBe(app.bus);
  expect(() => bootstrap(container)).toThrow('bootstrapped already');
});

it('takes classes with decorators, and singletons as what they are', async () => {
  @injectable()
  class Counter {
    count = 0;
  }
  @injectable()
  class Counting {
    readonly counter: Counter;
    constructor(@inject(Counter) counter: Counter) {
      this.counter = counter;
      counter.count += 1;
    }
  }
  const Count = token<Counting>('Count');
  const ping = handle(Ping, { count: Count }, (_data, { count }) => count.counter.count);
  const container = new Container();
  container.bind(Counter).toSelf().inSingletonScope();
  container.bind(identifier(Count)).to(Counting);
  container.load(
    inMemory(),
    tidings({ service: 'test', features: [feature('f', [ping])], logger }),
  );
  const app = bootstrap(container);
  await app.start();
  expect(await app.bus.execute(Ping({ n: 0 }))).toBe(1);
  expect(await app.bus.execute(Ping({ n: 0 }))).toBe(2);
  await app.stop();
});

it('names everything that is not bound, at any depth, in one error, and makes nothing to find out', async () => {
  const Deep = token<object>('Deep');
  let made = 0;
  const features = [
    feature('f', [
      handle(Ping, { first: First, deep: Deep }, () => 0),
      on(Ponged, 'listener', { second: Second }, () => {}),
    ]),
  ];
  const container = new Container();
  container.load(
    inMemory(),
    tidings({ service: 'test', features, logger }),
    new ContainerModule(({ bind }) => {
      bind(identifier(Deep)).toResolvedValue(
        (_missing: unknown) => ({ number: (made += 1) }),
        [Symbol.for('missing')],
      );
    }),
  );
  expect(() => bootstrap(container)).toThrow(
    expect.objectContaining({
      code: 'TIDINGS_INVALID_COMPOSITION',
      faults: [
        '"First" is not bound; the handler of test.Ping needs it',
        expect.stringMatching(
          /"Deep", for the handler of test.Ping, cannot be resolved: .*missing/,
        ),
        '"Second" is not bound; the subscription "listener" needs it',
      ],
    }) as Error,
  );
  expect(made).toBe(0);
});

it('says what is missing when no module of an application or an adapter was loaded', async () => {
  expect(() => bootstrap(new Container())).toThrow('no module was loaded that tidings() made');
  const container = new Container();
  container.load(tidings({ service: 'test', features: [], logger }));
  expect(() => bootstrap(container)).toThrow('no adapter brings a store');
});
