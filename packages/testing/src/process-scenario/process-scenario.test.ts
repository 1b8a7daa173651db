import { processManager } from '@tidings/core';
import { command, event } from '@tidings/domain';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import type { PlayedProcess } from './process-outcome.ts';
import { processScenario } from './process-scenario.ts';

const HOUR_MS = 3_600_000;

const Ordered = event(
  'shop.Ordered',
  z.object({ id: z.string(), total: z.coerce.number(), note: z.string().optional() }),
);
const Paid = event('shop.Paid', z.object({ id: z.string() }));
const Remind = command('shop.Remind', z.object({ id: z.string(), times: z.int() }));
const Ship = command('shop.Ship', z.object({ id: z.string(), note: z.string().optional() }));
const GivenUp = event('shop.GivenUp', z.object({ id: z.string() }));

const payment = processManager('payment', {
  state: z.object({ total: z.number(), reminders: z.int().default(0) }),
  startedBy: [Ordered],
  continuedBy: [Paid],
  correlate: { 'shop.Ordered': ({ id }) => id, 'shop.Paid': ({ id }) => id },
  on: {
    'shop.Ordered': (state, { total }) => {
      if (total < 0) throw new RangeError('a total below nothing');
      return {
        state: { total: total + (state?.total ?? 0) },
        timeouts: { reminder: { in: HOUR_MS }, end: { at: '2026-01-01T03:00:00Z' } },
      };
    },
    'shop.Paid': (_, { id }) => ({ send: [Ship({ id, note: undefined })], complete: true }),
  },
  timeouts: {
    reminder: (state, { key }) => ({
      state: { ...state, reminders: state.reminders + 1 },
      send: [Remind({ id: key, times: state.reminders + 1 })],
      timeouts: { reminder: { in: HOUR_MS } },
    }),
    end: (_, { key }) => ({ publish: [GivenUp({ id: key })], complete: true }),
  },
});

const story = () => processScenario(payment);
const ordered = (id = 'o1'): ReturnType<typeof Ordered> => Ordered({ id, total: 3 });
const paying = (): PlayedProcess<{ total: number; reminders?: number | undefined }> =>
  story()
    .given(ordered())
    .when(Paid({ id: 'o1' }));

describe('processScenario', () => {
  test('tells what an event came to: commands, state and open timeouts', async () => {
    const play = story();
    await play
      .when(Ordered({ id: 'o1', total: '3' }))
      .thenSends()
      .thenPublishes()
      .thenState({ total: 3 })
      .thenTimeouts({ reminder: '2026-01-01T01:00:00.000Z', end: '2026-01-01T03:00:00.000Z' });
    const { steps, instance } = await play
      .when(Paid({ id: 'o1' }))
      .thenSends(Ship({ id: 'o1' }))
      .thenCompleted();
    expect([steps.map(({ outcome }) => outcome), instance]).toEqual([['completed'], undefined]);
  });

  test('lets time pass: timeouts are due each at its own time, those that are set meanwhile too', async () => {
    const play = story();
    await play
      .given(ordered())
      .advanceTime(2 * HOUR_MS)
      .thenSends(Remind({ id: 'o1', times: 1 }), Remind({ id: 'o1', times: 2 }))
      .thenState({ total: 3, reminders: 2 });
    await play
      .advanceTime(HOUR_MS - 1)
      .thenSends()
      .thenState({ total: 3, reminders: 2 });
    // Both are due: the reminder was set later.
    await play
      .advanceTime({ to: '2026-01-01T03:00:00Z' })
      .thenPublishes(GivenUp({ id: 'o1' }))
      .thenCompleted();
    await play
      .advanceTime(24 * HOUR_MS)
      .thenSends()
      .thenPublishes();
  });

  test('lets the test choose whether the event or the timeout comes first', async () => {
    const timeoutFirst = story().given(ordered());
    await timeoutFirst.advanceTime(HOUR_MS).thenSends(Remind({ id: 'o1', times: 1 }));
    await timeoutFirst
      .when(Paid({ id: 'o1' }))
      .thenSends(Ship({ id: 'o1' }))
      .thenCompleted();

    const eventFirst = story().given(ordered());
    await eventFirst.advanceTime(HOUR_MS, { timeouts: 'after-next-event' }).thenSends();
    const { steps } = await eventFirst
      .when(Paid({ id: 'o1' }))
      .thenSends(Ship({ id: 'o1' }))
      .thenCompleted();
    expect(steps.map(({ outcome }) => outcome)).toEqual(['completed', 'late']);
    await eventFirst.when(Ordered({ id: 'o1', total: 1 })).thenState({ total: 1 });
  });

  test('a timeout that was set anew while it was due is over', async () => {
    const play = story().given(ordered());
    await play.advanceTime(HOUR_MS, { timeouts: 'after-next-event' });
    const { steps } = await play.when(ordered()).thenSends().thenTimeouts({
      reminder: '2026-01-01T02:00:00.000Z',
      end: '2026-01-01T03:00:00.000Z',
    });
    expect(steps.map(({ outcome }) => outcome)).toEqual(['saved', 'late']);
  });

  test('ignores what is for no instance, and keeps instances apart', async () => {
    const play = story();
    await play
      .when(Paid({ id: 'o1' }))
      .thenIgnored()
      .thenSends();
    await play
      .given(ordered('o1'), ordered('o2'))
      .when(Paid({ id: 'o1' }))
      .thenCompleted();
    await play.advanceTime(HOUR_MS).thenSends(Remind({ id: 'o2', times: 1 }));
  });

  test('an error is expected, or reaches whoever awaits; the failed step leaves nothing', async () => {
    const play = story();
    await play.when(Ordered({ id: 'o1', total: -1 })).thenError(RangeError);
    await play.when(Ordered({ id: '', total: 1 })).thenError(/uncorrelated/);
    await expect(play.when(Ordered({ id: 'o1', total: -1 })).thenSends()).rejects.toThrow('below');
    await play.when(Paid({ id: 'o1' })).thenIgnored();
    await expect(paying().thenError(RangeError)).rejects.toThrow('expected a failure');
  });

  test('expectations that do not hold fail, each of them', async () => {
    await expect(paying().thenSends()).rejects.toThrow(/equal/);
    await expect(paying().thenPublishes(GivenUp({ id: 'o1' }))).rejects.toThrow(/equal/);
    await expect(paying().thenState({ total: 3 })).rejects.toThrow(/equal/);
    await expect(paying().thenTimeouts({})).rejects.toThrow(/equal/);
    await expect(paying().thenIgnored()).rejects.toThrow('nothing was done');
    await expect(story().when(ordered()).thenCompleted()).rejects.toThrow('is complete');
  });
});
