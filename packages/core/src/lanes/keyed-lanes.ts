import { Fifo } from './fifo.ts';

/** One item taken from the lanes; give it back to {@link KeyedLanes.done} or {@link KeyedLanes.putBack}. */
export interface LaneItem<Item> {
  readonly item: Item;
  readonly lane: Lane<Item>;
}

/** Where the items of one key wait; an item without a key has a lane of its own. */
interface Lane<Item> {
  readonly key: string | undefined;
  readonly items: Fifo<Item>;
  busy: boolean;
}

/**
 * Items that wait to be worked on, in one lane per key: of one key only one item is taken at a time,
 * in the order of arrival, and one that is put back comes before the next of its key. Items without
 * a key wait for none. Keys take turns, so that a long lane does not hold up the others.
 *
 * It only keeps the order; how many items are worked on at once is its user's business. Every
 * operation takes the same time however many items wait.
 */
export class KeyedLanes<Item> {
  readonly #lanes = new Map<string, Lane<Item>>();
  /** Lanes that have an item and are not busy, in the order of their turns. */
  readonly #ready = new Fifo<Lane<Item>>();
  #waiting = 0;

  /** How many items wait, whether or not their key is free. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Adds an item at the end of its key's lane. */
  push(item: Item, key: string | undefined): void {
    this.#waiting += 1;
    let lane = key === undefined ? undefined : this.#lanes.get(key);
    if (lane === undefined) {
      lane = { key, items: new Fifo(), busy: false };
      if (key !== undefined) this.#lanes.set(key, lane);
    }
    lane.items.push(item);
    if (!lane.busy && lane.items.size === 1) this.#ready.push(lane);
  }

  /** Takes the next item whose key is free; its key is taken until it is done or put back. */
  take(): LaneItem<Item> | undefined {
    const lane = this.#ready.shift();
    if (lane === undefined) return undefined;
    lane.busy = true;
    this.#waiting -= 1;
    return { item: lane.items.shift() as Item, lane };
  }

  /** Frees the key of an item taken. */
  done({ lane }: LaneItem<Item>): void {
    lane.busy = false;
    if (lane.items.size > 0) this.#ready.push(lane);
    else if (lane.key !== undefined) this.#lanes.delete(lane.key);
  }

  /** Puts an item taken back, as the first of its key, and frees the key. */
  putBack({ item, lane }: LaneItem<Item>): void {
    this.#waiting += 1;
    lane.items.unshift(item);
    lane.busy = false;
    this.#ready.push(lane);
  }

  /** Takes out the items that wait and match, in any lane. Takes time for every item that waits. */
  remove(matches: (item: Item) => boolean): void {
    const kept: [Item, string | undefined][] = [];
    for (const lane of this.#allLanes()) {
      for (const item of lane.items) if (!matches(item)) kept.push([item, lane.key]);
    }
    this.clear();
    for (const [item, key] of kept) this.push(item, key);
  }

  /** Takes all items that wait, whether or not their key is free. */
  clear(): Item[] {
    const items: Item[] = [];
    for (const lane of this.#allLanes()) {
      for (const item of lane.items) items.push(item);
      lane.items.clear();
      if (lane.key !== undefined && !lane.busy) this.#lanes.delete(lane.key);
    }
    this.#ready.clear();
    this.#waiting = 0;
    return items;
  }

  /** Lanes of items without a key are known to the ready list only, and keyed lanes to the map. */
  #allLanes(): Lane<Item>[] {
    const keyless = [...this.#ready].filter(({ key }) => key === undefined);
    return [...keyless, ...this.#lanes.values()];
  }
}
