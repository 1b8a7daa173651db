import type { Contender } from '../harness/contender.ts';
import type { DispatchSettings } from './settings.ts';

export type DispatchContender = Contender<DispatchSettings>;

const middlewares = '3 middlewares, AsyncLocalStorage, an envelope with a UUID';

/** What the others are measured by. */
export const REALISTIC_COMMANDS = 'command: by hand, all three';
export const REALISTIC_EVENTS = 'event: by hand, all three';

export const commandContenders: readonly DispatchContender[] = [
  {
    name: 'command: by hand, bare',
    does: '`await map.get(type)(message)`',
    load: async () => (await import('./hand-written.ts')).bareCommands,
  },
  {
    name: REALISTIC_COMMANDS,
    does: `the same with ${middlewares}`,
    load: async () => (await import('./hand-written.ts')).realisticCommands,
  },
  {
    name: 'command: @nestjs/cqrs',
    does: '`await commandBus.execute(command)`: no middleware, validation or unit of work',
    load: async () => (await import('./nest.ts')).nestCommands,
  },
  {
    name: 'command: Tidings',
    does: '`await bus.execute(command)`: trivial Standard Schema, 3 middlewares, AsyncLocalStorage, UUID, time limit, unit of work; awaited until the commit',
    load: async () => (await import('./tidings-commands.ts')).withTrivialSchema,
  },
  {
    name: 'command: Tidings, zod',
    does: 'the same, validated by zod',
    load: async () => (await import('./tidings-commands.ts')).withZod,
  },
  {
    name: 'command: Tidings, zod, made anew',
    does: 'the same, and the command is made for each call: a frozen copy of its data',
    load: async () => (await import('./tidings-commands.ts')).withZodMadeAnew,
  },
];

export const eventContenders: readonly DispatchContender[] = [
  {
    name: 'event: by hand, bare',
    does: 'awaits its 3 handlers, one after the other',
    load: async () => (await import('./hand-written.ts')).bareEvents,
  },
  {
    name: REALISTIC_EVENTS,
    does: `the same with ${middlewares}; middlewares and AsyncLocalStorage around each of the 3 handlers`,
    load: async () => (await import('./hand-written.ts')).realisticEvents,
  },
  {
    name: 'event: by hand, all three, as JSON',
    does: 'the same, and each of the 3 handlers gets data of its own, parsed from JSON text',
    load: async () => (await import('./hand-written.ts')).travellingEvents,
  },
  {
    name: 'event: @nestjs/cqrs',
    does: '`eventBus.publish(event)` with 3 handlers: nothing tells when they are done, so they are not awaited',
    load: async () => (await import('./nest.ts')).nestEvents,
  },
  {
    name: 'event: Tidings',
    does: '`await bus.publish(event)` 1,000 times: stored; relayed; and 3 deliveries of each awaited, every one parsed, validated (trivial schema), in a unit of work of its own with its inbox record, 3 middlewares, AsyncLocalStorage; awaited until the commits',
    load: async () => (await import('./tidings-events.ts')).withTrivialSchema,
  },
  {
    name: 'event: Tidings, zod',
    does: 'the same, validated by zod: once before it is stored, once for each delivery',
    load: async () => (await import('./tidings-events.ts')).withZod,
  },
  {
    name: 'event: Tidings, one at a time',
    does: 'the same (trivial schema), each event awaited before the next is published',
    load: async () => (await import('./tidings-events.ts')).oneAtATime,
  },
];
