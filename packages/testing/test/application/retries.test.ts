import { handle, middleware, on, type RetryPolicy } from '@tidings/core';
import { describe, expect, it, onTestFinished } from 'vitest';

import { Order, Ordered } from './messages.ts';
import { startApp, type TestApp } from './test-app.ts';

const start = async (...arguments_: Parameters<typeof startApp>): Promise<TestApp> => {
  const started = await startApp(...arguments_);
  onTestFinished(() => started.app.stop());
  return started;
};

const soon: RetryPolicy = [{ immediate: 1, delays: [5, 10], jitter: 0 }];
const never: RetryPolicy = [];

describe('a subscription whose handler fails', () => {
  it('is tried at once, then after delays, and keeps the order of its key meanwhile', async () => {
    const heard: string[] = [];
    const often: RetryPolicy = [{ immediate: 1, delays: Array.from({ length: 1000 }, () => 5) }];
    const { app } = await start([
      on(
        Ordered,
        'flaky',
        {},
        ({ id, qty }, _dependencies, { attempt }) => {
          // Until all of the other key have been handled, however long that takes.
          const isTooEarly = attempt < 4 || heard.length < 3;
          if (id === 'a' && qty === 1 && isTooEarly) throw new Error('not yet');
          heard.push(`${id}${qty}`);
        },
        { retry: often },
      ),
    ]);
    for (const qty of [1, 2, 3]) {
      for (const id of ['a', 'b']) await app.bus.publish(Ordered({ id, qty }));
    }
    const { failed, handled } = await app.settled();
    expect(failed.length).toBeGreaterThanOrEqual(3);
    expect(handled).toHaveLength(6);
    expect(heard).toEqual(['b1', 'b2', 'b3', 'a1', 'a2', 'a3']);
  });

  it('becomes a dead letter with its reason when its retries are used up, and its key goes on', async () => {
    const heard: number[] = [];
    const { app, logger } = await start([
      on(
        Ordered,
        'picky',
        {},
        ({ qty }) => {
          if (qty === 1) throw new Error('I refuse');
          heard.push(qty);
        },
        { retry: soon },
      ),
    ]);
    await app.bus.publish(Ordered({ id: 'a', qty: 1 }));
    await app.bus.publish(Ordered({ id: 'a', qty: 2 }));
    expect((await app.settled()).deadLettered).toMatchObject([{ subscription: 'picky' }]);
    expect(heard).toEqual([2]);
    const { letters, total } = await app.deadLetters.list();
    expect(total).toBe(1);
    expect(letters).toMatchObject([
      {
        subscription: 'picky',
        reason: 'retries-exhausted',
        error: 'Error: I refuse',
        attempts: 4,
        state: 'dead',
      },
    ]);
    expect(logger.lines.some(({ level }) => level === 'error')).toBe(true);
  });

  it('holds its key where it says so, until the dead letter is replayed', async () => {
    let isMended = false;
    const heard: number[] = [];
    const { app } = await start([
      on(
        Ordered,
        'strict',
        {},
        ({ qty }) => {
          if (qty === 1 && !isMended) throw new Error('broken');
          heard.push(qty);
        },
        { retry: never, onPoison: 'block' },
      ),
    ]);
    for (const qty of [1, 2, 3]) await app.bus.publish(Ordered({ id: 'a', qty }));
    await app.settled();
    expect(heard).toEqual([]);
    expect(await app.deadLetters.heldKeys()).toMatchObject([
      { subscription: 'strict', key: 'a', state: 'blocked', depth: 3 },
    ]);
    isMended = true;
    expect(await app.deadLetters.replay({ subscription: 'strict' })).toBe(1);
    expect(await app.deadLetters.replay({ subscription: 'strict' })).toBe(0);
    await app.settled();
    expect(heard).toEqual([1, 2, 3]);
    expect(await app.deadLetters.heldKeys()).toEqual([]);
  });

  it('goes on without the dead letter when that is discarded', async () => {
    const heard: number[] = [];
    const { app } = await start([
      on(
        Ordered,
        'strict',
        {},
        ({ qty }) => {
          if (qty === 1) throw new Error('broken');
          heard.push(qty);
        },
        { retry: never, onPoison: 'block' },
      ),
    ]);
    for (const qty of [1, 2]) await app.bus.publish(Ordered({ id: 'a', qty }));
    await app.settled();
    expect(await app.deadLetters.discard({ subscription: 'strict' })).toBe(1);
    await app.settled();
    expect(heard).toEqual([2]);
  });

  it('takes an edited message in place of the dead one, after validating it', async () => {
    const heard: number[] = [];
    const { app } = await start([
      on(
        Ordered,
        'picky',
        {},
        ({ qty }) => {
          if (qty < 0) throw new Error('negative');
          heard.push(qty);
        },
        { retry: never },
      ),
    ]);
    await app.bus.publish(Ordered({ id: 'a', qty: -5 }));
    await app.settled();
    const [letter] = (await app.deadLetters.list()).letters;
    if (letter === undefined) throw new Error('there is no dead letter');
    const invalid = Ordered({ id: 'a', qty: 'five' } as never);
    await expect(app.deadLetters.replayEdited(letter, invalid)).rejects.toMatchObject({
      code: 'TIDINGS_VALIDATION',
    });
    expect(await app.deadLetters.replayEdited(letter, Ordered({ id: 'a', qty: 5 }))).toBe(true);
    await app.settled();
    expect(heard).toEqual([5]);
  });

  it('is not retried by the commands that are executed, but by those that were sent', async () => {
    let attempts = 0;
    const { app } = await start([
      handle(
        Order,
        {},
        () => {
          attempts += 1;
          throw new Error('always');
        },
        { retry: [{ immediate: 2 }] },
      ),
    ]);
    await expect(app.bus.execute(Order({ id: 'a', qty: 1 }))).rejects.toThrow('always');
    expect(attempts).toBe(1);
    await app.bus.send(Order({ id: 'a', qty: 1 }));
    expect((await app.settled()).deadLettered).toHaveLength(1);
    expect(attempts).toBe(4);
  });

  it('counts errors of middleware as failures of the attempt', async () => {
    let refusals = 1;
    const { app } = await start([on(Ordered, 'listener', {}, () => {}, { retry: soon })], {
      middleware: [
        middleware('refuse once', (_call, next) =>
          refusals-- > 0 ? Promise.reject(new Error('refused')) : next(),
        ),
      ],
    });
    await app.bus.publish(Ordered({ id: 'a', qty: 1 }));
    const { failed, handled } = await app.settled();
    expect([failed.length, handled.length]).toEqual([1, 1]);
  });

  it('is given up when it takes longer than its time limit', async () => {
    const signals: AbortSignal[] = [];
    const { app } = await start([
      handle(
        Order,
        {},
        (_data, _dependencies, { signal }) => {
          signals.push(signal);
          return new Promise<never>(() => {});
        },
        { timeoutMs: 20 },
      ),
    ]);
    await expect(app.bus.execute(Order({ id: 'a', qty: 1 }))).rejects.toMatchObject({
      code: 'TIDINGS_HANDLER_TIMEOUT',
    });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});
