import { bind, feature, handle, processManager, token } from '@tidings/core';
import { command, event } from '@tidings/domain';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

import { processScenario, scenario, type Scenario, type ScenarioOutcome } from '../src/index.ts';

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

test('a scenario of a process takes its events and compares its state', () => {
  const Opened = event('test.Opened', z.object({ id: z.string() }));
  const Closed = event('test.Closed', z.object({ id: z.string() }));
  const play = processScenario(
    processManager('doors', {
      state: z.object({ opened: z.number(), hint: z.string().default('') }),
      startedBy: [Opened],
      correlate: { 'test.Opened': ({ id }) => id },
      on: { 'test.Opened': () => ({ state: { opened: 1 } }) },
    }),
  );
  void play.when(Opened({ id: 'd1' })).thenState({ opened: 1 });
  // @ts-expect-error -- the process does not take it
  play.given(Closed({ id: 'd1' }));
  // @ts-expect-error -- a command is no event
  void play.when(Greet({ name: 'you' }));
  // @ts-expect-error -- that is not its state
  void play.when(Opened({ id: 'd1' })).thenState({ opened: 'once' });
  // @ts-expect-error -- it sends commands
  void play.when(Opened({ id: 'd1' })).thenSends(Opened({ id: 'd1' }));
});
