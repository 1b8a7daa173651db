import type { Command } from '@tidings/domain';
import { InMemoryStore } from '@tidings/in-memory';
import { inMemory } from '@tidings/inversify/in-memory';
import type { Logger } from 'pino';

import { Allocate, ChangeBatchQuantity, CreateBatch } from '../allocation/messages.ts';
import type { Notifications } from '../allocation/ports.ts';
import { composeWarehouse } from '../compose.ts';
import { warehouseInMemory } from '../in-memory/in-memory-module.ts';
import { InMemoryQueries } from '../in-memory/in-memory-queries.ts';
import { SkippingClock } from './skipping-clock.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday. */
const START = '2030-01-07T09:00:00Z';

const sku = 'RETRO-CLOCK';

interface Step {
  /** How many hours after the step before. */
  readonly after: number;
  readonly says: string;
  readonly commands: readonly Command[];
  /** The orders to look for afterwards. */
  readonly orders: readonly string[];
}

const order = (orderid: string, qty: number): Command => Allocate({ orderid, sku, qty });
const batch = (ref: string, qty: number): Command => CreateBatch({ ref, sku, qty, eta: null });

const WEEK: readonly Step[] = [
  {
    after: 0,
    says: 'three are in the warehouse, and three orders want two each',
    commands: [batch('batch-1', 3), order('order-1', 2), order('order-2', 2), order('order-3', 2)],
    orders: ['order-1', 'order-2', 'order-3'],
  },
  {
    after: 73,
    says: 'a batch of ten has come',
    commands: [batch('batch-2', 10)],
    orders: ['order-2', 'order-3'],
  },
  {
    after: 24,
    says: 'an order wants seven, of which six are left',
    commands: [order('order-4', 7)],
    orders: ['order-4'],
  },
  {
    after: 2,
    says: 'somebody has counted: the batch that has come is one of twelve',
    commands: [ChangeBatchQuantity({ ref: 'batch-2', qty: 12 })],
    orders: ['order-4'],
  },
  { after: 24, says: 'the week is over', commands: [], orders: [] },
];

/**
 * Plays a week of the service in memory, with a clock that skips the hours in which nothing happens.
 *
 * @param tell gets each line of the story
 * @returns whether it came to the end of the week
 */
export async function playWeek(
  logger: Logger,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const clock = new SkippingClock(START);
  const store = new InMemoryStore(clock);
  const queries = new InMemoryQueries(store);
  const say = (text: string): void => tell(`  ${timeOf(clock.now())}  ${text}`);
  await using app = composeWarehouse({
    adapters: [inMemory({ store }), warehouseInMemory()],
    notifications: mailsTo(say),
    restocking: { reminderAfterMs: 2 * DAY_MS, timeZone: 'UTC' },
    clock,
    logger,
  });
  await app.start();
  // A little after the full hour: what was done in the hour itself is due by then.
  let moment = Date.parse(START) + 30_000;
  for (const { after, says, commands, orders } of WEEK) {
    for (let hour = 0; hour < after; hour += 1) {
      if (signal.aborted) return false;
      moment += HOUR_MS;
      clock.skipTo(moment);
      await app.settled();
    }
    say(says);
    for (const command of commands) await app.bus.execute(command);
    await app.settled();
    for (const orderid of orders) {
      const [line] = await queries.ofOrder(orderid);
      say(line === undefined ? `${orderid} waits` : `${orderid} → ${line.batchref}`);
    }
  }
  return true;
}

function mailsTo(say: (text: string) => void): Notifications {
  return {
    send: (_, subject, text) => {
      say(`✉ ${subject} (${text})`);
      return Promise.resolve();
    },
  };
}

function timeOf(now: number): string {
  const date = new Date(now);
  const day = date.toLocaleDateString('en', { weekday: 'short', timeZone: 'UTC' });
  return `${day} ${date.toISOString().slice(11, 16)}`;
}
