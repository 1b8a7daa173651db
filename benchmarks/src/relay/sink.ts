import { InMemoryTransport } from '@tidings/in-memory';

import type { Measurement } from '../harness/contender.ts';
import { stopwatch } from '../harness/stopwatch.ts';
import { TYPE, type RelaySettings } from './settings.ts';

/** A transport with one subscriber that takes everything and does nothing with it. */
export interface Sink {
  readonly transport: InMemoryTransport;
  /**
   * Resolves when the subscriber has got all messages, those to warm up and those that are measured,
   * with how long the latter took.
   */
  readonly measured: Promise<Measurement>;
}

export async function sinkOf({ warmUp, messages }: RelaySettings): Promise<Sink> {
  const transport = new InMemoryTransport();
  await transport.declare([{ name: 'sink', kind: 'event', types: [TYPE] }]);
  let received = 0;
  let stop: () => Measurement = stopwatch(messages);
  const measured = new Promise<Measurement>((resolve) => {
    void transport.subscribe(
      'sink',
      async () => {
        received += 1;
        if (received === warmUp) stop = stopwatch(messages);
        else if (received === warmUp + messages) resolve(stop());
        return 'settle';
      },
      { concurrency: 8 },
    );
  });
  return { transport, measured };
}
