import { describe, expect, test } from 'vitest';

import { type LockOwner, Locks } from './locks.ts';

const owner = (): LockOwner => ({ waitsFor: undefined });

describe('Locks', () => {
  test('a free lock is had at once, a taken one in the order of asking', async () => {
    const locks = new Locks();
    const order: number[] = [];
    expect(locks.acquire('l', owner())).toBeUndefined();
    const waiting = [1, 2, 3].map(async (n) => {
      await locks.acquire('l', owner());
      order.push(n);
    });
    for (let released = 0; released < 4; released += 1) {
      locks.release('l');
      await Promise.resolve();
    }
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
    expect(locks.acquire('l', owner())).toBeUndefined();
  });

  test('to wait for somebody who waits for oneself is refused as a conflict that can be repeated', () => {
    const locks = new Locks();
    const [first, second, third] = [owner(), owner(), owner()];
    void locks.acquire('a', first);
    void locks.acquire('b', second);
    void locks.acquire('c', third);
    void locks.acquire('b', first);
    void locks.acquire('c', second);
    expect(() => locks.acquire('a', third)).toThrow(
      expect.objectContaining({ code: 'TIDINGS_CONCURRENCY', transient: true }),
    );
  });

  test('work that fails gives its lock back', async () => {
    const locks = new Locks();
    const failing = locks.during('l', () => {
      throw new TypeError('it failed');
    });
    await expect(failing).rejects.toThrow(TypeError);
    expect(await locks.during('l', () => 'done')).toBe('done');
  });
});
