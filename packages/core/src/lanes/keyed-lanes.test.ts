import { describe, expect, test } from 'vitest';

import { KeyedLanes, type LaneItem } from './keyed-lanes.ts';

function lanesOf(...items: readonly (readonly [item: string, key?: string])[]): KeyedLanes<string> {
  const lanes = new KeyedLanes<string>();
  for (const [item, key] of items) lanes.push(item, key);
  return lanes;
}

function takeAll(lanes: KeyedLanes<string>): LaneItem<string>[] {
  const taken: LaneItem<string>[] = [];
  for (let next = lanes.take(); next !== undefined; next = lanes.take()) taken.push(next);
  return taken;
}

const itemsOf = (taken: readonly LaneItem<string>[]): string[] => taken.map(({ item }) => item);

describe('KeyedLanes', () => {
  test('hands out one item per key at a time, and all items without a key', () => {
    const lanes = lanesOf(['a1', 'a'], ['x'], ['a2', 'a'], ['b1', 'b'], ['y']);
    const taken = takeAll(lanes);
    expect(itemsOf(taken)).toEqual(['a1', 'x', 'b1', 'y']);
    expect(lanes.waiting).toBe(1);
    lanes.done(taken[0] as LaneItem<string>);
    expect(itemsOf(takeAll(lanes))).toEqual(['a2']);
    expect(lanes.waiting).toBe(0);
  });

  test('an item put back comes before the next of its key, and after other keys had their turn', () => {
    const lanes = lanesOf(['a1', 'a'], ['a2', 'a'], ['b1', 'b']);
    const first = lanes.take() as LaneItem<string>;
    lanes.putBack(first);
    const taken = takeAll(lanes);
    expect(itemsOf(taken)).toEqual(['b1', 'a1']);
    lanes.done(taken[1] as LaneItem<string>);
    expect(itemsOf(takeAll(lanes))).toEqual(['a2']);
  });

  test('an item without a key can be put back', () => {
    const lanes = lanesOf(['x']);
    lanes.putBack(lanes.take() as LaneItem<string>);
    expect(lanes.waiting).toBe(1);
    expect(itemsOf(takeAll(lanes))).toEqual(['x']);
  });

  test('an item that comes while its key is taken waits', () => {
    const lanes = lanesOf(['a1', 'a']);
    const first = lanes.take() as LaneItem<string>;
    lanes.push('a2', 'a');
    expect(lanes.take()).toBeUndefined();
    lanes.done(first);
    expect(lanes.take()?.item).toBe('a2');
  });

  test('a long lane takes turns with the others', () => {
    const lanes = lanesOf(['a1', 'a'], ['a2', 'a'], ['b1', 'b'], ['b2', 'b']);
    const order: string[] = [];
    for (let next = lanes.take(); next !== undefined; next = lanes.take()) {
      order.push(next.item);
      lanes.done(next);
    }
    expect(order).toEqual(['a1', 'b1', 'a2', 'b2']);
  });

  test('clear takes everything that waits, and what is taken can still be put back', () => {
    const lanes = lanesOf(['a1', 'a'], ['a2', 'a'], ['b1', 'b'], ['x']);
    const first = lanes.take() as LaneItem<string>;
    expect(lanes.clear().toSorted()).toEqual(['a2', 'b1', 'x']);
    expect(lanes.take()).toBeUndefined();
    lanes.putBack(first);
    lanes.push('b2', 'b');
    expect(itemsOf(takeAll(lanes)).toSorted()).toEqual(['a1', 'b2']);
  });

  test('a hundred thousand items of one key take time in proportion', () => {
    const lanes = new KeyedLanes<number>();
    for (let index = 0; index < 100_000; index += 1) lanes.push(index, 'key');
    let next = 0;
    let inOrder = true;
    for (let taken = lanes.take(); taken !== undefined; taken = lanes.take()) {
      inOrder &&= taken.item === next;
      next += 1;
      lanes.done(taken);
    }
    expect({ next, inOrder }).toEqual({ next: 100_000, inOrder: true });
  });
});
