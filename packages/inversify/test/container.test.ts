import 'reflect-metadata';
import {
  Clock,
  feature,
  handle,
  IdGenerator,
  jsonLogger,
  Logger,
  systemClock,
  token,
} from '@tidings/core';
import { CollectingLogger, SequentialIds } from '@tidings/testing';
import { Container, ContainerModule } from 'inversify';
import { expect, it } from 'vitest';

import { inMemory } from '../src/in-memory.ts';
import { App, bootstrap, identifier, MessageBus, tidings } from '../src/index.ts';
import { containerOf, startIn } from './support/compose.ts';
import { Ping } from './support/messages.ts';

const logger = jsonLogger({ level: 'silent' });

it('binds the application and its bus in the container', () => {
  const container = containerOf([]);
  const app = bootstrap(container);
  expect(container.get(App)).toBe(app);
  expect(container.get(MessageBus)).toBe(app.bus);
  expect(() => bootstrap(container)).toThrow('bootstrapped already');
});

it('does not mind the order in which modules are loaded, nor what is bound after them', async () => {
  const Greeting = token<string>('Greeting');
  const features = [feature('f', [handle(Ping, { text: Greeting }, (_, { text }) => text)])];
  const modules = [
    new ContainerModule(({ bind }) => {
      bind(identifier(Greeting)).toConstantValue('hello');
    }),
    tidings({ service: 'test', features, logger }),
    inMemory(),
  ];
  for (const order of [modules, modules.toReversed()]) {
    const container = new Container();
    container.load(...order);
    const app = await startIn(container);
    expect(await app.bus.execute(Ping({ n: 1 }))).toBe('hello');
  }
});

it('uses the clock, the ids and the logger that the container binds', async () => {
  const lines = new CollectingLogger();
  const ids = new SequentialIds();
  const handler = handle(
    Ping,
    { clock: Clock, ids: IdGenerator, logger: Logger },
    (_data, dependencies) => dependencies,
  );
  const container = containerOf([handler], (bind) => {
    bind(identifier(Logger)).toConstantValue(lines);
    bind(identifier(IdGenerator)).toConstantValue(ids);
  });
  const app = await startIn(container);
  expect(await app.bus.execute(Ping({ n: 1 }))).toEqual({ clock: systemClock, ids, logger: lines });
  expect(lines.lines.map(({ message }) => message)).toContain('the application runs');
});

it('says what is missing when no module of an application or an adapter was loaded, or two', () => {
  const container = new Container();
  expect(() => bootstrap(container)).toThrow('no module was loaded that tidings() made');
  container.load(tidings({ service: 'a', features: [], logger }));
  expect(() => bootstrap(container)).toThrow('no adapter brings a store');
  container.load(tidings({ service: 'b', features: [], logger }));
  expect(() => bootstrap(container)).toThrow('more than one module');
});

it('leaves nothing in a container that is emptied, which can then be used again', async () => {
  const container = containerOf([]);
  const app = await startIn(container);
  await app.stop();
  container.unbindAll();
  for (const service of [App, MessageBus, identifier(Clock), identifier(Logger)]) {
    expect(container.isBound(service)).toBe(false);
  }
  container.load(tidings({ service: 'again', features: [], logger }), inMemory());
  expect((await startIn(container)).service).toBe('again');
});
