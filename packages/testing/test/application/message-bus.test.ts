import { command, event } from '@tidings/domain';
import { ConcurrencyError, handle, middleware, on, type Call } from '@tidings/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

import { gate } from '../../src/gate.ts';
import { Order, Ordered, Shipped } from './messages.ts';
import { startApp, type TestApp } from './test-app.ts';

const start = async (...arguments_: Parameters<typeof startApp>): Promise<TestApp> => {
  const started = await startApp(...arguments_);
  onTestFinished(() => started.app.stop());
  return started;
};

const accept = handle(Order, {}, ({ id, qty }, _dependencies, context) => {
  context.publish(Ordered({ id, qty }));
  return { accepted: true };
});

describe('execute', () => {
  it('resolves with the result of the handler', async () => {
    const { app } = await start([accept]);
    expect(await app.bus.execute(Order({ id: 'o1', qty: 1 }))).toEqual({ accepted: true });
  });

  it('hands the error of the handler on unchanged, and stores nothing', async () => {
    const error = new RangeError('no');
    const heard: unknown[] = [];
    const { app } = await start([
      handle(Order, {}, (data, _dependencies, context) => {
        context.publish(Ordered(data));
        throw error;
      }),
      on(Ordered, 'listener', {}, (data) => heard.push(data)),
    ]);
    await expect(app.bus.execute(Order({ id: 'o1', qty: 1 }))).rejects.toBe(error);
    await app.settled();
    expect(heard).toEqual([]);
  });

  it('refuses data that does not fit before the handler runs, with every fault', async () => {
    let hasRun = false;
    const { app } = await start([handle(Order, {}, () => ({ accepted: (hasRun = true) }))]);
    await expect(app.bus.execute(Order({ id: '', qty: -1 }))).rejects.toMatchObject({
      code: 'TIDINGS_VALIDATION',
      faults: [{ path: 'id' }, { path: 'qty' }],
    });
    expect(hasRun).toBe(false);
  });

  it('refuses a result that does not fit, and stores nothing', async () => {
    const { app } = await start([handle(Order, {}, () => ({ accepted: 'yes' }) as never)]);
    await expect(app.bus.execute(Order({ id: 'o1', qty: 1 }))).rejects.toMatchObject({
      code: 'TIDINGS_INVALID_RESULT',
    });
  });

  it('names a command that nobody handles', async () => {
    const { app } = await start([accept]);
    const Unknown = command('test.Unknown', z.object({}));
    await expect(app.bus.execute(Unknown({}))).rejects.toMatchObject({
      code: 'TIDINGS_UNKNOWN_COMMAND',
    });
    await expect(app.bus.send(Unknown({}))).rejects.toMatchObject({
      code: 'TIDINGS_UNKNOWN_COMMAND',
    });
  });

  it('tries again after a conflict, and only after that', async () => {
    let attempts = 0;
    const { app } = await start([
      handle(Order, {}, () => {
        attempts += 1;
        if (attempts < 3) throw new ConcurrencyError('The order');
        return { accepted: true };
      }),
    ]);
    await app.bus.execute(Order({ id: 'o1', qty: 1 }));
    expect(attempts).toBe(3);
  });

  it('gives up after a bounded number of conflicts', async () => {
    let attempts = 0;
    const { app } = await start([
      handle(Order, {}, () => {
        attempts += 1;
        throw new ConcurrencyError('The order');
      }),
    ]);
    await expect(app.bus.execute(Order({ id: 'o1', qty: 1 }))).rejects.toMatchObject({
      code: 'TIDINGS_CONCURRENCY',
    });
    expect(attempts).toBe(12);
  });

  it('can be used by handlers, and by many callers at once', async () => {
    const Outer = command('test.Outer', z.object({ n: z.int() }));
    const Inner = command('test.Inner', z.object({ n: z.int() }));
    const { app } = await start([
      handle(Outer, {}, ({ n }): Promise<unknown> => app.bus.execute(Inner({ n: n + 1 }))),
      handle(Inner, {}, async ({ n }) => n * 2),
    ]);
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, n) => app.bus.execute(Outer({ n }))),
    );
    expect(results).toEqual(Array.from({ length: 100 }, (_, n) => (n + 1) * 2));
  });

  it('carries out an intent once, also when asked ten times at once, and returns the first result', async () => {
    let runs = 0;
    const { app } = await start([
      handle(Order, {}, async (data, _dependencies, context) => {
        context.publish(Ordered(data));
        runs += 1;
        await new Promise((resolve) => setImmediate(resolve));
        return { accepted: runs === 1 };
      }),
    ]);
    const once = (): Promise<unknown> =>
      app.bus.execute(Order({ id: 'o1', qty: 1 }), { intent: 'i1' });
    const results = await Promise.all(Array.from({ length: 10 }, once));
    expect(results).toEqual(Array.from({ length: 10 }, () => ({ accepted: true })));
    expect(runs).toBe(1);
    await expect(
      app.bus.execute(Order({ id: 'o2', qty: 1 }), { intent: 'i1' }),
    ).rejects.toMatchObject({ code: 'TIDINGS_INTENT_CONFLICT' });
  });

  it('forgets an intent whose command failed, so that it can be repeated', async () => {
    let runs = 0;
    const { app } = await start([
      handle(Order, {}, () => {
        runs += 1;
        if (runs === 1) throw new Error('not yet');
        return { accepted: true };
      }),
    ]);
    const order = (): Promise<unknown> =>
      app.bus.execute(Order({ id: 'o1', qty: 1 }), { intent: 'i1' });
    await expect(order()).rejects.toThrow('not yet');
    expect(await order()).toEqual({ accepted: true });
  });

  it('waits, where asked, until a subscription has applied what the command caused', async () => {
    const view: string[] = [];
    const listener = on(Ordered, 'view', {}, async ({ id }) => {
      await new Promise((resolve) => setImmediate(resolve));
      view.push(id);
    });
    const { app } = await start([accept, listener]);
    await app.bus.execute(Order({ id: 'o1', qty: 1 }), { waitFor: [listener] });
    expect(view).toEqual(['o1']);
    await expect(
      app.bus.execute(Order({ id: 'o2', qty: 1 }), { waitFor: ['unknown'] }),
    ).rejects.toMatchObject({ code: 'TIDINGS_INVALID_OPTIONS' });
  });

  it('waits for what the first one caused when an intent is repeated', async () => {
    const view: string[] = [];
    const done = gate();
    const listener = on(Ordered, 'view', {}, async ({ id }) => {
      await done.opened;
      view.push(id);
    });
    const { app } = await start([accept, listener]);
    const order = Order({ id: 'o1', qty: 1 });
    await app.bus.execute(order, { intent: 'i1' });
    const repeated = app.bus.execute(order, { intent: 'i1', waitFor: [listener] });
    done.open();
    expect(await repeated).toEqual({ accepted: true });
    expect(view).toEqual(['o1']);
  });

  it('says so when waiting takes too long, though the command took effect', async () => {
    const done = gate();
    const { app } = await start([accept, on(Ordered, 'view', {}, () => done.opened)]);
    await expect(
      app.bus.execute(Order({ id: 'o1', qty: 1 }), { waitFor: ['view'], waitTimeoutMs: 20 }),
    ).rejects.toMatchObject({ code: 'TIDINGS_WAIT_TIMEOUT' });
    done.open();
    expect((await app.settled()).handled).toMatchObject([{ subscription: 'view' }]);
  });
});

describe('the context of a handler', () => {
  it('can be taken apart: what it sends and publishes goes out with the commit all the same', async () => {
    const heard: string[] = [];
    const { app } = await start([
      handle(
        Order,
        {},
        async ({ id, qty }, _dependencies, { send, publish, savepoint, logger }) => {
          logger.info({}, 'taken apart');
          publish(Ordered({ id, qty }));
          const failed = savepoint(async () => {
            publish(Ordered({ id: 'undone', qty }));
            throw new Error('undo it');
          });
          await expect(failed).rejects.toThrow('undo it');
          if (qty > 1) send(Order({ id: `${id} again`, qty: 1 }));
          return { accepted: true };
        },
      ),
      on(Ordered, 'listener', {}, ({ id }) => {
        heard.push(id);
      }),
    ]);
    await app.bus.execute(Order({ id: 'o1', qty: 2 }));
    await app.settled();
    expect(heard).toEqual(['o1', 'o1 again']);
  });

  it('refuses an intent for an event, which would have no effect', async () => {
    const { app } = await start([
      handle(Order, {}, ({ id, qty }, _dependencies, { publish }) => {
        publish(Ordered({ id, qty }), { intent: 'i1' } as object);
        return { accepted: true };
      }),
    ]);
    const refusal = { code: 'TIDINGS_INVALID_OPTIONS' };
    await expect(app.bus.execute(Order({ id: 'o1', qty: 1 }))).rejects.toMatchObject(refusal);
    const published = app.bus.publish(Ordered({ id: 'o1', qty: 1 }), { intent: 'i1' } as object);
    await expect(published).rejects.toMatchObject(refusal);
  });
});

describe('the cascade', () => {
  it('passes on correlation and causation from message to message', async () => {
    const calls: Call[] = [];
    const { app } = await start(
      [
        accept,
        on(Ordered, 'ship', {}, ({ id }, _dependencies, context) =>
          context.publish(Shipped({ id })),
        ),
        on(Shipped, 'bill', {}, () => {}),
      ],
      {
        middleware: [
          middleware('spy', (call, next) => {
            calls.push(call);
            return next();
          }),
        ],
      },
    );
    await app.bus.execute(Order({ id: 'o1', qty: 1 }), { correlationId: 'request-7' });
    await app.settled();
    const [order, ship, bill] = calls.map(({ context }) => context);
    expect([order, ship, bill].map((context) => context?.correlationId)).toEqual(
      Array.from({ length: 3 }, () => 'request-7'),
    );
    expect(ship?.causationId).toBe(order?.messageId);
    expect(bill?.causationId).toBe(ship?.messageId);
  });

  it('handles a command that was sent later, and once', async () => {
    const handled: string[] = [];
    const { app } = await start([
      handle(Order, {}, ({ id }) => {
        handled.push(id);
        return { accepted: true };
      }),
    ]);
    await app.bus.send(Order({ id: 'o1', qty: 1 }));
    await app.bus.send(Order({ id: 'o2', qty: 1 }), { intent: 'twice' });
    await app.bus.send(Order({ id: 'o2', qty: 1 }), { intent: 'twice' });
    await app.settled();
    expect(handled).toEqual(['o1', 'o2']);
  });

  it('delivers an event to every subscription, and to none where there is none', async () => {
    const heard: string[] = [];
    const { app } = await start([
      on(Ordered, 'first', {}, () => heard.push('first')),
      on([Ordered, Shipped], 'second', {}, (_data, _dependencies, { envelope }) =>
        heard.push(`second ${envelope?.type}`),
      ),
    ]);
    const Ignored = event('test.Ignored', z.object({}));
    await app.bus.publish(Ordered({ id: 'o1', qty: 1 }));
    await app.bus.publish(Shipped({ id: 'o1' }));
    await app.bus.publish(Ignored({}));
    const { handled } = await app.settled();
    expect(heard.toSorted()).toEqual(['first', 'second test.Ordered', 'second test.Shipped']);
    expect(handled).toHaveLength(3);
  });

  it('a failing subscriber delays no other', async () => {
    const heard: string[] = [];
    const { app } = await start([
      on(Ordered, 'broken', {}, () => Promise.reject(new Error('always'))),
      on(Ordered, 'healthy', {}, ({ id }) => heard.push(id)),
    ]);
    for (const id of ['a', 'b', 'c']) await app.bus.publish(Ordered({ id, qty: 1 }));
    const { waiting } = await app.settled({ waitForRetries: false });
    expect(heard).toEqual(['a', 'b', 'c']);
    expect(waiting).toBe(3);
  });
});
