import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

import type { Measurement } from '../harness/contender.ts';
import { throughput } from '../harness/throughput.ts';
import {
  handleLine,
  line,
  SUBSCRIBERS,
  typeNames,
  type DispatchSettings,
  type Line,
} from './settings.ts';

interface Message {
  readonly type: string;
  readonly data: Line;
}

interface Envelope extends Message {
  readonly id: string;
  readonly correlationId: string;
  readonly causationId: string | undefined;
  readonly time: number;
}

type Handler = (message: Message) => Promise<void>;
type Around = (message: Message, next: () => Promise<void>) => Promise<void>;

const calls = new AsyncLocalStorage<Envelope>();

/** `await map.get(type)(message)`. */
export function bareCommands(settings: DispatchSettings): Promise<Measurement> {
  const handlers = new Map(
    typeNames('Command', settings.types).map((type) => [type, bareHandler()]),
  );
  return measure('Command', settings, async (message) => {
    await handlers.get(message.type)?.(message);
  });
}

/** The same with three handlers, awaited one after the other. */
export function bareEvents(settings: DispatchSettings): Promise<Measurement> {
  const subscribers = subscribersOf(settings, bareHandler);
  return measure('Event', settings, async (message) => {
    for (const subscriber of subscribers.get(message.type) ?? []) await subscriber(message);
  });
}

/** Everything a realistic bus does: an envelope, a call that can be asked for anywhere, three middlewares. */
export function realisticCommands(settings: DispatchSettings): Promise<Measurement> {
  const handlers = new Map(
    typeNames('Command', settings.types).map((type) => [type, withMiddlewares(bareHandler())]),
  );
  return measure('Command', settings, async (message) => {
    const envelope = enveloped(message);
    await calls.run(envelope, () => handlers.get(envelope.type)?.(envelope));
  });
}

/** The same for events: one envelope, and each subscriber in a call of its own with the middlewares around. */
export function realisticEvents(settings: DispatchSettings): Promise<Measurement> {
  const subscribers = subscribersOf(settings, () => withMiddlewares(bareHandler()));
  return measure('Event', settings, async (message) => {
    const envelope = enveloped(message);
    for (const subscriber of subscribers.get(envelope.type) ?? []) {
      await calls.run(envelope, () => subscriber(envelope));
    }
  });
}

/** The envelope as events need it to travel: its data as JSON text, parsed again by each subscriber. */
export function travellingEvents(settings: DispatchSettings): Promise<Measurement> {
  const subscribers = subscribersOf(settings, () => withMiddlewares(bareHandler()));
  return measure('Event', settings, async (message) => {
    const envelope = enveloped(message);
    const body = JSON.stringify(envelope.data);
    for (const subscriber of subscribers.get(envelope.type) ?? []) {
      const received = { ...envelope, data: JSON.parse(body) as Line };
      await calls.run(received, () => subscriber(received));
    }
  });
}

function bareHandler(): Handler {
  return async ({ data }) => handleLine(data);
}

function subscribersOf(
  { types }: DispatchSettings,
  make: () => Handler,
): Map<string, readonly Handler[]> {
  return new Map(
    typeNames('Event', types).map((type) => [type, Array.from({ length: SUBSCRIBERS }, make)]),
  );
}

function enveloped({ type, data }: Message): Envelope {
  const id = randomUUID();
  const cause = calls.getStore();
  return {
    id,
    type,
    data,
    correlationId: cause?.correlationId ?? id,
    causationId: cause?.id,
    time: Date.now(),
  };
}

const passOn: Around = async (_message, next) => {
  await next();
};

function withMiddlewares(handler: Handler): Handler {
  return [passOn, passOn, passOn].reduceRight<Handler>(
    (inner, around) => (message) => around(message, () => inner(message)),
    handler,
  );
}

function measure(
  kind: 'Command' | 'Event',
  { types, milliseconds }: DispatchSettings,
  dispatch: (message: Message) => Promise<void>,
): Promise<Measurement> {
  const messages = typeNames(kind, types).map((type) => ({ type, data: line }));
  return throughput(
    {
      run: async (times) => {
        for (let count = 0; count < times; count += 1) {
          await dispatch(messages[count % types] as Message);
        }
      },
    },
    milliseconds,
  );
}
