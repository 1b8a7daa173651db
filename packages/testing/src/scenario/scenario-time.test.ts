import { Clock, feature, handle, on, schedule } from '@tidings/core';
import { command, event } from '@tidings/domain';
import { inMemory } from '@tidings/in-memory';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { scenario, type Scenario } from './scenario.ts';

const HOUR_MS = 3_600_000;
const Data = z.object({ id: z.string() });
const Remind = command('test.Remind', Data);
const Repeat = command('test.Repeat', Data);
const Start = command('test.Start', Data);
const Slow = command('test.Slow', Data);
const Started = event('test.Started', Data);
const Reminded = event('test.Reminded', Data);
const Failing = event('test.Failing', Data);

let played: Scenario | undefined;
afterEach(() => played?.stop());

interface Play {
  readonly play: Scenario;
  readonly times: string[];
}

function playOf(options: { readonly real?: boolean } = {}): Play {
  const times: string[] = [];
  let failures = 2;
  const note = (what: string, clock: Clock): void => {
    times.push(`${what} ${new Date(clock.now()).toISOString().slice(11, 19)}`);
  };
  const start = handle(Start, {}, ({ id }, _, context) => {
    context.publish(Started({ id }));
    context.send(Remind({ id: 'later' }), { in: 2 * HOUR_MS });
    context.send(Remind({ id }), { in: HOUR_MS });
  });
  const remind = handle(Remind, { clock: Clock }, ({ id }, { clock }, context) => {
    note(id, clock);
    context.publish(Reminded({ id }));
  });
  const repeat = handle(Repeat, { clock: Clock }, ({ id }, { clock }, context) => {
    note(id, clock);
    context.send(Repeat({ id }), { in: HOUR_MS });
  });
  const slow = handle(Slow, { clock: Clock }, async (_, { clock }) => clock.sleep(500));
  const failing = on(
    Failing,
    'failing',
    { clock: Clock },
    ({ id }, { clock }) => {
      note(`${id} ${failures}`, clock);
      if (failures-- > 0) throw new Error('not yet');
    },
    { retry: [{ delays: [HOUR_MS, 2 * HOUR_MS], jitter: 0 }] },
  );
  const daily = schedule('daily', '30 12 * * *', {}, (instant) =>
    Remind({ id: `day ${instant.getUTCDate()}` }),
  );
  const features = [feature('test', [start, remind, repeat, slow, failing, daily])];
  const play =
    options.real === true
      ? scenario({ features, adapters: [inMemory()] as const })
      : scenario({ features });
  played = play;
  return { play, times };
}

describe('the time of a scenario', () => {
  test('stands still until it is told to pass; then what is due is handled at its own time', async () => {
    const { play, times } = playOf();
    await play
      .when(Start({ id: 'a' }))
      .thenEvents(Started({ id: 'a' }))
      .thenCommands();
    const { settled, messages } = await play.advanceTime(HOUR_MS - 1).thenEvents();
    expect([settled.scheduled, messages]).toEqual([2, []]);
    await play.advanceTime(1).thenEvents(Reminded({ id: 'a' }));
    await play.advanceTime({ to: '2026-01-01T12:00:00Z' }).thenEvents(Reminded({ id: 'later' }));
    expect(times).toEqual(['a 01:00:00', 'later 02:00:00']);
  });

  test('fires whatever is scheduled on the way, in one go', async () => {
    const { play, times } = playOf();
    await play.given(Repeat({ id: 'r' })).advanceTime(3 * HOUR_MS);
    expect(times).toEqual(['r 00:00:00', 'r 01:00:00', 'r 02:00:00', 'r 03:00:00']);
  });

  test('fires schedules at their instants, between what else is due', async () => {
    const { play, times } = playOf();
    await play
      .given(Start({ id: 'a' }))
      .advanceTime({ to: '2026-01-03T00:00:00Z' })
      .thenEvents(
        Reminded({ id: 'a' }),
        Reminded({ id: 'later' }),
        Reminded({ id: 'day 1' }),
        Reminded({ id: 'day 2' }),
      )
      .thenCommands();
    expect(times.slice(2)).toEqual(['day 1 12:30:00', 'day 2 12:30:00']);
  });

  test('passes for retries that wait, and what is due before them comes before', async () => {
    const { play, times } = playOf();
    const { settled } = await play.given(Start({ id: 'a' })).when(Failing({ id: 'f' }));
    expect(settled.failed).toHaveLength(2);
    expect(settled.handled.map(({ subscription }) => subscription)).toContain('failing');
    expect(times.slice(0, 1)).toEqual(['f 2 00:00:00']);
    expect(times.slice(1, 3).toSorted()).toEqual(['a 01:00:00', 'f 1 01:00:00']);
    expect(times.slice(3)).toEqual(['later 02:00:00', 'f 0 03:00:00']);
  });

  test('passes by itself where something waits for nothing else', async () => {
    const { play } = playOf();
    await expect(play.when(Slow({ id: 's' }))).resolves.toMatchObject({ result: undefined });
  });

  test('goes forward only, and only where it is virtual', async () => {
    const { play } = playOf();
    const invalid = { code: 'TIDINGS_INVALID_OPTIONS' };
    for (const time of [
      -1,
      Number.NaN,
      Infinity,
      { to: 'never' },
      { to: '2025-12-31T23:59:59Z' },
    ]) {
      await expect(play.advanceTime(time)).rejects.toMatchObject(invalid);
    }
    await play.advanceTime(0);
    const real = playOf({ real: true });
    await expect(real.play.advanceTime(1)).rejects.toMatchObject(invalid);
    await play.stop();
  });
});
