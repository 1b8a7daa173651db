import 'reflect-metadata';

import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  type ICommandHandler,
  type IEventHandler,
} from '@nestjs/cqrs';

import type { Measurement } from '../harness/contender.ts';
import { throughput } from '../harness/throughput.ts';
import { handleLine, line, SUBSCRIBERS, type DispatchSettings, type Line } from './settings.ts';

interface NestMessage {
  readonly data: Line;
}

/** `await commandBus.execute(command)`: no middleware, no validation, no unit of work. */
export async function nestCommands({
  types,
  milliseconds,
}: DispatchSettings): Promise<Measurement> {
  const commands = messageClasses(types);
  const app = await applicationOf(
    commands.map((command) => {
      class Handler implements ICommandHandler<NestMessage> {
        execute({ data }: NestMessage): Promise<void> {
          return handleLine(data);
        }
      }
      CommandHandler(command)(Handler);
      return Handler;
    }),
  );
  const bus = app.get(CommandBus);
  const messages = commands.map((Command) => new Command());
  return throughput(
    {
      run: async (times) => {
        for (let count = 0; count < times; count += 1) {
          await bus.execute(messages[count % types] as NestMessage);
        }
      },
      close: () => app.close(),
    },
    milliseconds,
  );
}

/** `eventBus.publish(event)`: it returns before the handlers are done, and nothing tells when they are. */
export async function nestEvents({ types, milliseconds }: DispatchSettings): Promise<Measurement> {
  const events = messageClasses(types);
  const app = await applicationOf(
    events.flatMap((event) =>
      Array.from({ length: SUBSCRIBERS }, () => {
        class Handler implements IEventHandler<NestMessage> {
          handle({ data }: NestMessage): Promise<void> {
            return handleLine(data);
          }
        }
        EventsHandler(event)(Handler);
        return Handler;
      }),
    ),
  );
  const bus = app.get(EventBus);
  const messages = events.map((Event) => new Event());
  return throughput(
    {
      run: async (times) => {
        for (let count = 0; count < times; count += 1) {
          await bus.publish(messages[count % types] as NestMessage);
        }
      },
      close: () => app.close(),
    },
    milliseconds,
  );
}

/** Nest tells messages apart by their classes. */
function messageClasses(count: number): readonly Type<NestMessage>[] {
  return Array.from(
    { length: count },
    () =>
      class {
        readonly data = line;
      },
  );
}

class Root {
  readonly name = 'benchmark';
}

async function applicationOf(
  providers: Type<unknown>[],
): ReturnType<typeof NestFactory.createApplicationContext> {
  const app = await NestFactory.createApplicationContext(
    { module: Root, imports: [CqrsModule.forRoot()], providers },
    { logger: false },
  );
  return app.init();
}
