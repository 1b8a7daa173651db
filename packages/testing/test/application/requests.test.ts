import { command } from '@tidings/domain';
import { handle } from '@tidings/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

import { gate } from '../../src/gate.ts';
import { Order, Ordered } from './messages.ts';
import { startApp, type TestApp } from './test-app.ts';

const start = async (...arguments_: Parameters<typeof startApp>): Promise<TestApp> => {
  const started = await startApp(...arguments_);
  onTestFinished(() => started.app.stop({ deadlineMs: 100 }));
  return started;
};

describe('request', () => {
  it('resolves with the result of whoever handles the command, its schema applied once', async () => {
    const Measure = command('test.Measure', z.object({ text: z.string() }), {
      result: z.string().transform((text) => text.length),
    });
    const { app } = await start([handle(Measure, {}, ({ text }) => text)]);
    expect(await app.bus.request(Measure({ text: 'four' }))).toBe(4);
  });

  it('rejects with what the handler threw, by name, code and message, and nothing took effect', async () => {
    const { app } = await start([
      handle(Order, {}, (data, _dependencies, { publish }) => {
        publish(Ordered(data));
        throw new RangeError('no more than ten');
      }),
    ]);
    await expect(app.bus.request(Order({ id: 'o1', qty: 11 }))).rejects.toMatchObject({
      code: 'TIDINGS_REMOTE_COMMAND',
      remote: { name: 'RangeError', message: 'no more than ten' },
    });
    expect((await app.settled()).deadLettered).toEqual([]);
    expect((await app.deadLetters.list()).total).toBe(0);
  });

  it('refuses faulty data before it is sent, and names a command that nobody handles', async () => {
    const { app } = await start([handle(Order, {}, () => ({ accepted: true }))]);
    await expect(app.bus.request(Order({ id: '', qty: 1 }))).rejects.toMatchObject({
      code: 'TIDINGS_VALIDATION',
    });
    const Other = command('test.Other', z.object({}));
    await expect(app.bus.request(Other({}))).rejects.toMatchObject({
      code: 'TIDINGS_UNKNOWN_COMMAND',
    });
  });

  it('takes effect once under one intent, and gets the first answer again', async () => {
    let handled = 0;
    const { app } = await start([
      handle(Order, {}, () => {
        handled += 1;
        return { accepted: handled === 1 };
      }),
    ]);
    const order = Order({ id: 'o1', qty: 1 });
    expect(await app.bus.request(order, { intent: 'i1' })).toEqual({ accepted: true });
    expect(await app.bus.request(order, { intent: 'i1' })).toEqual({ accepted: true });
    expect(handled).toBe(1);
    await expect(
      app.bus.request(Order({ id: 'o2', qty: 1 }), { intent: 'i1' }),
    ).rejects.toMatchObject({ remote: { code: 'TIDINGS_INTENT_CONFLICT' } });
  });

  it('says when no reply came in time, and heeds the signal of its caller', async () => {
    const { opened } = gate();
    const { app } = await start([
      handle(Order, {}, async () => {
        await opened;
        return { accepted: true };
      }),
    ]);
    const order = Order({ id: 'o1', qty: 1 });
    await expect(app.bus.request(order, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'TIDINGS_WAIT_TIMEOUT',
    });
    const reason = new Error('the caller has gone');
    const caller = new AbortController();
    const requested = app.bus.request(order, { signal: caller.signal });
    caller.abort(reason);
    await expect(requested).rejects.toBe(reason);
  });
});
