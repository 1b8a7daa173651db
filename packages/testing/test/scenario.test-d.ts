import { bind, feature, handle, token } from '@tidings/core';
import { command } from '@tidings/domain';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

import { scenario, type Scenario, type ScenarioOutcome } from '../src/index.ts';

const Greet = command('test.Greet', z.object({ name: z.string() }));
const Greeting = token<{ text: string }>('Greeting');
const greet = handle(
  Greet,
  { greeting: Greeting },
  ({ name }, { greeting }) => `${greeting.text} ${name}`,
);
const greetings = feature('greetings', [greet]);

test('a scenario needs every binding, and gives a real promise', () => {
  // @ts-expect-error -- nobody binds Greeting
  scenario({ features: [greetings] });
  const complete = scenario({
    features: [greetings],
    provide: [bind(Greeting, {}, () => ({ text: 'Hello' }))],
  });
  expectTypeOf(complete).toEqualTypeOf<Scenario>();
  expectTypeOf(complete.when(Greet({ name: 'you' }))).toEqualTypeOf<ScenarioOutcome>();
  expectTypeOf(complete.when(Greet({ name: 'you' })).thenError('x')).toEqualTypeOf<Promise<void>>();
});
