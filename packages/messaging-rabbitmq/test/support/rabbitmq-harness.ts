import { randomUUID } from 'node:crypto';

import { systemClock, UuidV7Generator, type AdapterContext, type Transport } from '@tidings/core';
import { CollectingLogger } from '@tidings/testing';
import type { TransportHarness } from '@tidings/testing/conformance';
import { connect } from 'amqplib';

import { rabbitmqMessaging, type RabbitMqOptions } from '../../src/index.ts';

/** Names that nobody else has: tests share a virtual host. */
export interface Names {
  readonly service: string;
  readonly exchanges: { readonly events: string; readonly commands: string; readonly dead: string };
}

export function uniqueNames(): Names {
  const id = randomUUID().slice(0, 8);
  return {
    service: `s${id}`,
    exchanges: { events: `${id}.events`, commands: `${id}.commands`, dead: `${id}.dead` },
  };
}

/** A transport of the adapter as an application gets it. */
export function transportOf(
  options: RabbitMqOptions,
  service: string,
  logger: CollectingLogger = new CollectingLogger(),
): Transport {
  const context: AdapterContext = {
    service,
    clock: systemClock,
    ids: new UuidV7Generator(systemClock),
    logger,
  };
  const create = rabbitmqMessaging(options).transport;
  if (create === undefined) throw new TypeError('the adapter brings no transport');
  return create(context);
}

/** Transports of one service each, on a virtual host that the tests of a file share. */
export function rabbitMqHarness(url: () => string): TransportHarness {
  return {
    capabilities: {
      ordered: true,
      replay: 'a queue begins with what is published after it was declared',
      refusals: true,
    },
    async create() {
      const { service, exchanges } = uniqueNames();
      const opened: Transport[] = [];
      const open = async (): Promise<Transport> => {
        const transport = transportOf({ url: url(), exchanges, confirmTimeoutMs: 2000 }, service);
        opened.push(transport);
        await transport.declare([]);
        return transport;
      };
      const transport = await open();
      return {
        transport,
        second: open,
        refusals: [
          {
            name: 'the exchange was deleted',
            provoke: async () => {
              await onChannel(url(), (channel) => channel.deleteExchange(exchanges.events));
              return () =>
                transport.declare([{ name: 's', kind: 'event', types: ['conformance.Happened'] }]);
            },
          },
        ],
        dispose: async () => {
          await Promise.all(opened.map((each) => each.close()));
        },
      };
    },
  };
}

/** Runs something on a channel of its own. */
export async function onChannel<T>(
  url: string,
  work: (
    channel: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createChannel']>>,
  ) => Promise<T>,
): Promise<T> {
  const connection = await connect(url, { noDelay: true });
  try {
    return await work(await connection.createChannel());
  } finally {
    await connection.close();
  }
}
