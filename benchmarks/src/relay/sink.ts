import { InMemoryTransport } from '@tidings/in-memory';

import { TYPE } from './settings.ts';

/** A transport with one subscriber that takes everything and does nothing with it. */
export interface Sink {
  readonly transport: InMemoryTransport;
  /** Resolves when the subscriber has got that many messages. */
  readonly received: Promise<void>;
}

export async function sinkOf(messages: number): Promise<Sink> {
  const transport = new InMemoryTransport();
  await transport.declare([{ name: 'sink', kind: 'event', types: [TYPE] }]);
  let left = messages;
  const received = new Promise<void>((resolve) => {
    void transport.subscribe(
      'sink',
      async () => {
        left -= 1;
        if (left === 0) resolve();
        return 'settle';
      },
      { concurrency: 8 },
    );
  });
  return { transport, received };
}
