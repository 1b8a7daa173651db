import { describe, expect, test } from 'vitest';

import { CollectingLogger } from './collecting-logger.ts';
import { SequentialIds } from './sequential-ids.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('VirtualClock', () => {
  test('stands still, and wakes sleepers in the order of their times, each at its own', async () => {
    const clock = new VirtualClock({ now: '2026-05-01T00:00:00Z' });
    const woken: string[] = [];
    const sleep = async (milliseconds: number): Promise<void> => {
      await clock.sleep(milliseconds);
      woken.push(`${milliseconds} at ${clock.monotonic()}`);
    };
    const sleeping = Promise.all([sleep(30), sleep(10), sleep(20)]);
    expect(clock.sleeping).toBe(3);
    await clock.advance(15);
    expect(woken).toEqual(['10 at 10']);
    await clock.advance(100);
    await sleeping;
    expect(woken).toEqual(['10 at 10', '20 at 20', '30 at 30']);
    expect(clock.monotonic()).toBe(115);
    expect(new Date(clock.now()).toISOString()).toBe('2026-05-01T00:00:00.115Z');
  });

  test('what a sleeper sleeps again within the time is woken as well', async () => {
    const clock = new VirtualClock();
    let rounds = 0;
    const loop = (async () => {
      while (rounds < 5) {
        await clock.sleep(10);
        rounds += 1;
      }
    })();
    await clock.advance(40);
    expect(rounds).toBe(4);
    await clock.advance(10);
    await loop;
    expect(clock.sleeping).toBe(0);
  });

  test('an aborted sleep ends at once and without an error, and no sleep of nothing sleeps', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const sleeping = clock.sleep(10, controller.signal);
    controller.abort();
    await sleeping;
    await clock.sleep(10, controller.signal);
    await clock.sleep(0);
    await clock.sleep(-5);
    expect([clock.sleeping, clock.monotonic()]).toEqual([0, 0]);
  });

  test('skipping wakes whoever looks again and again once, at the end, and in order', async () => {
    const clock = new VirtualClock();
    const woken: string[] = [];
    const poll = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(100);
        woken.push(`poll at ${clock.monotonic()}`);
      }
    };
    void poll();
    void clock.sleep(50).then(() => woken.push('first'));
    await clock.skip(10_000);
    expect(woken).toEqual(['first', 'poll at 10000']);
    await clock.skip(99);
    expect(woken).toHaveLength(2);
  });

  test('a jump moves the wall clock only', async () => {
    const clock = new VirtualClock({ now: new Date(0) });
    clock.jump(-1000);
    expect([clock.now(), clock.monotonic()]).toEqual([-1000, 0]);
  });
});

test('SequentialIds count', () => {
  const ids = new SequentialIds();
  expect([ids.next(), ids.next()]).toEqual([SequentialIds.id(1), SequentialIds.id(2)]);
  expect(SequentialIds.id(12)).toBe('00000000-0000-7000-8000-000000000012');
});

test('CollectingLogger keeps the lines of its children with their facts', () => {
  const logger = new CollectingLogger();
  logger.child({ a: 1 }).child({ b: 2 }).warn({ c: 3 }, 'careful');
  logger.info({}, 'hello');
  expect(logger.lines).toEqual([
    { level: 'warn', message: 'careful', facts: { a: 1, b: 2, c: 3 } },
    { level: 'info', message: 'hello', facts: {} },
  ]);
  expect(logger.messages('warn')).toEqual(['careful']);
});
