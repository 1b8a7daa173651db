import { handle } from '@tidings/core';
import { command, type StandardSchemaV1 } from '@tidings/domain';

import type { Measurement } from '../harness/contender.ts';
import { throughput } from '../harness/throughput.ts';
import { trivialSchema, zodSchema } from './schemas.ts';
import { handleLine, line, typeNames, type DispatchSettings, type Line } from './settings.ts';
import { passOn, started } from './tidings-app.ts';

export function withTrivialSchema(settings: DispatchSettings): Promise<Measurement> {
  return execute(settings, trivialSchema);
}

export function withZod(settings: DispatchSettings): Promise<Measurement> {
  return execute(settings, zodSchema);
}

export function withZodMadeAnew(settings: DispatchSettings): Promise<Measurement> {
  return execute(settings, zodSchema, true);
}

async function execute(
  { types, milliseconds }: DispatchSettings,
  schema: StandardSchemaV1<Line, Line>,
  madeAnew = false,
): Promise<Measurement> {
  const definitions = typeNames('Command', types).map((type) => command(type, schema));
  const app = await started(
    definitions.map((definition) => handle(definition, {}, handleLine)),
    [passOn('first'), passOn('second'), passOn('third')],
  );
  const made = definitions.map((definition) => definition(line));
  const next = madeAnew
    ? (index: number) => definitions[index]?.(line)
    : (index: number) => made[index];
  return throughput(
    {
      run: async (times) => {
        for (let count = 0; count < times; count += 1) {
          await app.bus.execute(next(count % types) as (typeof made)[number]);
        }
      },
      close: () => app.stop(),
    },
    milliseconds,
  );
}
