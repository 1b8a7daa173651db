import { middleware, on, type Middleware } from '@tidings/core';
import { event, type StandardSchemaV1 } from '@tidings/domain';

import type { Measurement } from '../harness/contender.ts';
import { throughput } from '../harness/throughput.ts';
import { trivialSchema, zodSchema } from './schemas.ts';
import {
  handleLine,
  line,
  SUBSCRIBERS,
  typeNames,
  type DispatchSettings,
  type Line,
} from './settings.ts';
import { passOn, started } from './tidings-app.ts';

/** How many events are published before their deliveries are awaited. */
const AT_ONCE = 1000;

export function withTrivialSchema(settings: DispatchSettings): Promise<Measurement> {
  return publish(settings, trivialSchema, AT_ONCE);
}

export function withZod(settings: DispatchSettings): Promise<Measurement> {
  return publish(settings, zodSchema, AT_ONCE);
}

export function oneAtATime(settings: DispatchSettings): Promise<Measurement> {
  return publish(settings, trivialSchema, 1);
}

async function publish(
  { types, milliseconds }: DispatchSettings,
  schema: StandardSchemaV1<Line, Line>,
  atOnce: number,
): Promise<Measurement> {
  const definitions = typeNames('Event', types).map((type) => event(type, schema));
  const deliveries = new DeliveryCount();
  const app = await started(
    definitions.flatMap((definition) =>
      Array.from({ length: SUBSCRIBERS }, (_, index) =>
        on(definition, `${definition.type}-${index}`, {}, handleLine),
      ),
    ),
    [deliveries.middleware, passOn('second'), passOn('third')],
  );
  const made = definitions.map((definition) => definition(line));
  return throughput(
    {
      run: async (times) => {
        for (let published = 0; published < times; published += atOnce) {
          const delivered = deliveries.reached(atOnce * SUBSCRIBERS);
          for (let count = published; count < published + atOnce; count += 1) {
            await app.bus.publish(made[count % types] as (typeof made)[number]);
          }
          await delivered;
        }
      },
      close: () => app.stop(),
    },
    milliseconds,
  );
}

/** Counts deliveries that were committed. */
class DeliveryCount {
  #left = 0;
  #resolve: () => void = () => {};

  readonly middleware: Middleware = middleware('count', async (_call, next) => {
    const result = await next();
    this.#left -= 1;
    if (this.#left === 0) this.#resolve();
    return result;
  });

  reached(count: number): Promise<void> {
    this.#left = count;
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
