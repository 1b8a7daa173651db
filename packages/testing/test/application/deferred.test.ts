import { handle, on, type App, type CommandHandler } from '@tidings/core';
import { InMemoryStore, inMemory } from '@tidings/in-memory';
import { describe, expect, it, onTestFinished } from 'vitest';

import { eventually, VirtualClock } from '../../src/index.ts';
import { Order, Ordered, Shipped } from './messages.ts';
import { startApp } from './test-app.ts';

const DAY_MS = 86_400_000;

interface Shop {
  readonly app: App;
  readonly clock: VirtualClock;
  /** What was handled, and when by the clock. */
  readonly handled: (readonly [id: string, at: string])[];
  /** What has been handled by the time that has passed. */
  readonly ids: () => Promise<readonly string[]>;
}

const order = (id: string): ReturnType<typeof Order> => Order({ id, qty: 1 });

async function shop(handler?: CommandHandler): Promise<Shop> {
  const clock = new VirtualClock();
  const handled: (readonly [string, string])[] = [];
  const noting = handle(Order, {}, ({ id }) => {
    handled.push([id, new Date(clock.now()).toISOString()]);
    return { accepted: true };
  });
  const announce = on(Ordered, 'announce', {}, ({ id }, _, context) => {
    context.send(order(`sent for ${id}`), { in: DAY_MS });
  });
  const { app } = await startApp([handler ?? noting, announce], { clock });
  onTestFinished(() => app.stop());
  const ids = async (): Promise<readonly string[]> => {
    await app.settled();
    return handled.map(([id]) => id);
  };
  return { app, clock, handled, ids };
}

describe('a command with a due time', () => {
  it('is handled when it is due, and not before', async () => {
    const { app, clock, handled, ids } = await shop();
    await app.bus.send(order('in'), { in: 5000 });
    await app.bus.send(order('at'), { at: '2026-01-01T01:00:04+01:00' });
    await clock.advance(3999);
    expect(await ids()).toEqual([]);
    await clock.advance(1);
    expect(await ids()).toEqual(['at']);
    await clock.advance(1000);
    await ids();
    expect(handled).toEqual([
      ['at', '2026-01-01T00:00:04.000Z'],
      ['in', '2026-01-01T00:00:05.000Z'],
    ]);
  });

  it('is handled at once where its time has passed', async () => {
    const { app, ids } = await shop();
    await app.bus.send(order('past'), { at: new Date('2001-01-01T00:00:00Z') });
    await app.bus.send(order('now'), { in: 0 });
    expect(await ids()).toEqual(['past', 'now']);
  });

  it('can be due beyond the longest timer that Node has', async () => {
    const { app, clock, handled, ids } = await shop();
    await app.bus.send(order('far'), { in: 30 * DAY_MS });
    await app.bus.send(order('further'), { at: '2027-02-03T04:05:06.789Z' });
    await clock.skip(30 * DAY_MS - 1);
    expect(await ids()).toEqual([]);
    await clock.advance(1);
    expect(await ids()).toEqual(['far']);
    await clock.skip(Date.parse('2027-02-03T04:05:06.789Z') - clock.now());
    await ids();
    expect(handled[1]).toEqual(['further', '2027-02-03T04:05:06.789Z']);
  });

  it('is sent by a handler with its commit, and then its time counts', async () => {
    const { app, clock, ids } = await shop();
    await app.bus.publish(Ordered({ id: 'a', qty: 1 }));
    expect((await app.settled()).scheduled).toBe(1);
    const { total, messages } = await app.scheduled.list({ type: 'test.Order' });
    expect([total, messages[0]?.dueAt]).toEqual([1, '2026-01-02T00:00:00.000Z']);
    await clock.skip(DAY_MS);
    expect(await ids()).toEqual(['sent for a']);
    expect((await app.settled()).scheduled).toBe(0);
  });

  it('has the id that was given when it was sent', async () => {
    const { app, clock } = await shop();
    const id = await app.bus.send(order('a'), { in: 1000 });
    const atOnce = await app.bus.send(order('b'));
    await clock.advance(1000);
    const { handled } = await app.settled();
    expect(handled.map(({ messageId }) => messageId)).toEqual([atOnce, id]);
  });

  it('is cancelled or gets another time as long as it is not due', async () => {
    const { app, clock, ids } = await shop();
    const cancelled = await app.bus.send(order('cancelled'), { in: 1000 });
    const later = await app.bus.send(order('later'), { in: 1000 });
    const sooner = await app.bus.send(order('sooner'), { in: DAY_MS });
    expect(await app.bus.cancel(cancelled)).toBe(true);
    expect(await app.bus.cancel(cancelled)).toBe(false);
    expect(await app.bus.reschedule(later, { in: 2000 })).toBe(true);
    expect(await app.bus.reschedule(sooner, { at: new Date(clock.now()) })).toBe(true);
    expect(await ids()).toEqual(['sooner']);
    await clock.advance(1999);
    expect(await ids()).toEqual(['sooner']);
    await clock.advance(1);
    expect(await ids()).toEqual(['sooner', 'later']);
    expect(await app.bus.cancel(later)).toBe(false);
    expect(await app.bus.reschedule(later, { in: 0 })).toBe(false);
  });

  it('goes by the wall clock, also when that jumps', async () => {
    const { app, clock, ids } = await shop();
    await app.bus.send(order('a'), { in: DAY_MS });
    clock.jump(-3_600_000);
    await clock.skip(DAY_MS);
    expect(await ids()).toEqual([]);
    clock.jump(3_600_000);
    await clock.advance(500);
    expect(await ids()).toEqual(['a']);
  });

  it('is refused where its time cannot be, whoever sends it', async () => {
    const errors: unknown[] = [];
    const { app } = await shop(
      handle(Order, {}, ({ id }, _, context) => {
        for (const options of [{ in: -1 }, { at: '2024-02-30T00:00:00Z' }]) {
          try {
            context.send(order(id), options);
          } catch (error) {
            errors.push(error);
          }
        }
        expect(() => context.publish(Shipped({ id }), { in: 1 } as object)).toThrow(
          'send a command',
        );
        return { accepted: false };
      }),
    );
    await app.bus.execute(order('a'));
    const invalid = { code: 'TIDINGS_INVALID_OPTIONS' };
    expect(errors).toMatchObject([invalid, invalid]);
    await expect(app.bus.send(order('a'), { in: 1, at: 'now' })).rejects.toMatchObject(invalid);
    await expect(app.bus.reschedule('a', {})).rejects.toMatchObject(invalid);
    await expect(app.bus.publish(Shipped({ id: 'a' }), { in: 1 } as object)).rejects.toMatchObject(
      invalid,
    );
    expect((await app.settled()).scheduled).toBe(0);
  });
});

describe('a handler that schedules and cancels', () => {
  it('does so with its commit only, and what a savepoint undoes is undone', async () => {
    const sent: Record<string, string> = {};
    const { app } = await shop(
      handle(Order, {}, async ({ id }, _, context) => {
        const { send, cancel, savepoint } = context;
        sent['kept'] = send(order('kept'), { in: DAY_MS });
        sent['cancelled'] = send(order('cancelled'), { in: DAY_MS });
        cancel(sent['cancelled']);
        const undone = savepoint(async () => {
          send(order('undone'), { in: DAY_MS });
          cancel(sent['kept'] ?? '');
          throw new Error('undone');
        });
        await undone.catch(() => {});
        if (id === 'fails') throw new Error('it fails');
        return { accepted: true };
      }),
    );
    await expect(app.bus.execute(order('fails'))).rejects.toThrow('it fails');
    expect((await app.settled()).scheduled).toBe(0);
    await app.bus.execute(order('works'));
    expect((await app.settled()).scheduled).toBe(1);
    expect(await app.bus.cancel(sent['kept'] ?? '')).toBe(true);
  });

  it('keeps what it would have cancelled when it fails', async () => {
    const { app } = await shop(
      handle(Order, {}, ({ id }, _, context) => {
        context.cancel(id);
        if (attempts++ === 0) throw new Error('the first time');
        return { accepted: true };
      }),
    );
    let attempts = 0;
    const waiting = await app.bus.send(order('x'), { in: DAY_MS });
    await expect(app.bus.execute(order(waiting))).rejects.toThrow('the first time');
    expect((await app.settled()).scheduled).toBe(1);
    await app.bus.execute(order(waiting));
    expect((await app.settled()).scheduled).toBe(0);
  });
});

it('what was scheduled before a stop fires after the next start, at once where its time has passed', async () => {
  const clock = new VirtualClock();
  const store = new InMemoryStore(clock);
  const handled: string[] = [];
  const parts = [
    handle(Order, {}, ({ id }) => {
      handled.push(id);
      return { accepted: true };
    }),
  ];
  const options = { clock, adapters: [inMemory({ store })] };
  const first = await startApp(parts, options);
  await first.app.bus.send(order('a'), { in: 1000 });
  await first.app.stop();
  await clock.advance(5000);
  expect(handled).toEqual([]);
  const second = await startApp(parts, options);
  onTestFinished(() => second.app.stop());
  await eventually(() => handled.length > 0);
  expect(handled).toEqual(['a']);
});
