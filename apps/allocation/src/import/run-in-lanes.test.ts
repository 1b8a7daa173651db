import { describe, expect, test } from 'vitest';

import { runInLanes } from './run-in-lanes.ts';

const KEYS = 7;

async function* numbers(count: number, taken: { count: number }): AsyncGenerator<number> {
  for (let number = 0; number < count; number += 1) {
    taken.count += 1;
    yield number;
  }
}

describe('running a stream in lanes', () => {
  test('works on many at once, and on those of a key in order', async () => {
    const begun: number[] = [];
    const busy = new Set<number>();
    let most = 0;
    await runInLanes(numbers(500, { count: 0 }), {
      keyOf: (number) => String(number % KEYS),
      work: async (number) => {
        expect(busy.has(number % KEYS)).toBe(false);
        busy.add(number % KEYS);
        begun.push(number);
        most = Math.max(most, busy.size);
        await new Promise((resolve) => setTimeout(resolve, number % 3));
        busy.delete(number % KEYS);
      },
      concurrency: 4,
      readAhead: 20,
      signal: new AbortController().signal,
    });
    expect(most).toBe(4);
    expect(begun).toHaveLength(500);
    for (let key = 0; key < KEYS; key += 1) {
      const ofKey = begun.filter((number) => number % KEYS === key);
      expect(ofKey).toEqual(ofKey.toSorted((left, right) => left - right));
    }
  });

  test('reads no further than it may when a key is slow', async () => {
    const taken = { count: 0 };
    const gate = new AbortController();
    const held = new Promise<void>((resolve) => {
      gate.signal.addEventListener('abort', () => resolve());
    });
    const run = runInLanes(numbers(1000, taken), {
      keyOf: () => 'one',
      work: () => held,
      concurrency: 4,
      readAhead: 10,
      signal: new AbortController().signal,
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken.count).toBeLessThanOrEqual(12);
    gate.abort();
    await run;
    expect(taken.count).toBe(1000);
  });

  test('begins nothing after an abort, and finishes what was begun', async () => {
    const controller = new AbortController();
    let begun = 0;
    let ended = 0;
    await runInLanes(numbers(1000, { count: 0 }), {
      keyOf: String,
      work: async () => {
        begun += 1;
        if (begun === 10) controller.abort();
        await new Promise((resolve) => setTimeout(resolve, 1));
        ended += 1;
      },
      concurrency: 4,
      readAhead: 10,
      signal: controller.signal,
    });
    expect(begun).toBeLessThan(20);
    expect(ended).toBe(begun);
  });

  test('throws the first error, and begins nothing after it', async () => {
    const taken = { count: 0 };
    const run = runInLanes(numbers(1000, taken), {
      keyOf: String,
      work: async (number) => {
        if (number === 5) throw new Error('the fifth');
      },
      concurrency: 4,
      readAhead: 10,
      signal: new AbortController().signal,
    });
    await expect(run).rejects.toThrow('the fifth');
    expect(taken.count).toBeLessThan(50);
  });
});
