import { KeyedLanes } from '@tidings/core';

export interface LaneOptions<Item> {
  /** Items of one key are worked on one at a time and in order; items without one whenever there is room. */
  readonly keyOf: (item: Item) => string | undefined;
  readonly work: (item: Item) => Promise<void>;
  /** How many are worked on at once. */
  readonly concurrency: number;
  /** How many may wait because their key is busy. A file sorted by key would otherwise be read whole. */
  readonly readAhead: number;
  /** Takes no further item; those begun are finished, those that wait are left. */
  readonly signal: AbortSignal;
}

/**
 * Works on a stream of any length, with many items at once and those of a key in order. Resolves when
 * all that was begun has ended.
 *
 * @throws the first error of `work` or of the stream; nothing is begun after it
 */
export async function runInLanes<Item>(
  items: AsyncIterable<Item>,
  { keyOf, work, concurrency, readAhead, signal }: LaneOptions<Item>,
): Promise<void> {
  const lanes = new KeyedLanes<Item>();
  const failures: unknown[] = [];
  let underway = 0;
  /** What waits here to be told that something has changed. */
  const waiting: (() => void)[] = [];

  const isOver = (): boolean => signal.aborted || failures.length > 0;
  const pump = (): void => {
    while (underway < concurrency && !isOver()) {
      const taken = lanes.take();
      if (taken === undefined) return;
      underway += 1;
      void work(taken.item)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => {
          underway -= 1;
          lanes.done(taken);
          pump();
          for (const wake of waiting.splice(0)) wake();
        });
    }
  };
  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue()) await new Promise<void>((resolve) => void waiting.push(resolve));
  };

  try {
    for await (const item of items) {
      if (isOver()) break;
      lanes.push(item, keyOf(item));
      pump();
      await until(() => isOver() || lanes.waiting < readAhead);
    }
  } catch (error) {
    failures.push(error);
  }
  await until(() => underway === 0 && (isOver() || lanes.waiting === 0));
  if (failures.length > 0) throw failures[0];
}
