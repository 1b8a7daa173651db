import { handle, on } from '@tidings/core';
import { inMemory } from '@tidings/in-memory';
import { describe, expect, it } from 'vitest';

import { gate } from '../../src/gate.ts';
import { Order, Ordered } from './messages.ts';
import { startApp } from './test-app.ts';

describe('an application that stops', () => {
  it('lets what is in flight end, and refuses what is new', async () => {
    const begun = gate();
    const done = gate();
    const { app } = await startApp([
      handle(Order, {}, async () => {
        begun.open();
        await done.opened;
        return { accepted: true };
      }),
    ]);
    const order = app.bus.execute(Order({ id: 'a', qty: 1 }));
    await begun.opened;
    const stopped = app.stop();
    expect(app.stop()).toBe(stopped);
    await expect(app.bus.execute(Order({ id: 'b', qty: 1 }))).rejects.toMatchObject({
      code: 'TIDINGS_APP_STATE',
    });
    done.open();
    expect(await order).toEqual({ accepted: true });
    await stopped;
    expect(app.state).toBe('stopped');
  });

  it('gives up at the deadline, and does it again after the next start', async () => {
    let attempts = 0;
    const begun = gate();
    const listener = on(Ordered, 'slow', {}, () => {
      attempts += 1;
      begun.open();
      return attempts === 1 ? new Promise<never>(() => {}) : undefined;
    });
    const { app } = await startApp([listener], { adapters: [inMemory()] });
    await app.bus.publish(Ordered({ id: 'a', qty: 1 }));
    await begun.opened;
    await app.stop({ deadlineMs: 10 });
    await app.start();
    await app.settled();
    expect(attempts).toBe(2);
    await app.stop();
  });

  it('says what state it is in when it is used too early or too late', async () => {
    const { app } = await startApp([]);
    await expect(app.start()).rejects.toMatchObject({ code: 'TIDINGS_APP_STATE' });
    expect((await app.health()).status).toBe('ready');
    await app.stop();
    await app.stop();
    expect((await app.health()).status).toBe('unready');
    await expect(app.bus.publish(Ordered({ id: 'a', qty: 1 }))).rejects.toMatchObject({
      code: 'TIDINGS_APP_STATE',
    });
  });

  it('says what is left when not everything settles in time', async () => {
    const done = gate();
    const { app } = await startApp([on(Ordered, 'slow', {}, () => done.opened)]);
    await app.bus.publish(Ordered({ id: 'a', qty: 1 }));
    await expect(app.settled({ timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TIDINGS_WAIT_TIMEOUT',
      details: { handlersRunning: 1 },
    });
    done.open();
    await app.settled();
    await app.stop();
  });
});
