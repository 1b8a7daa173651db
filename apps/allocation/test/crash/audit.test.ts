import { describe, expect, test } from 'vitest';

import { PurchaseCancelled, PurchaseRequested } from '../../src/restocking/messages.ts';
import { audit } from './audit.ts';
import { Load, type SentBatch, type SentLine } from './load.ts';
import type { HistoryRow, WhatHappened } from './what-happened.ts';

const batch: SentBatch = { ref: 'b1', sku: 'LAMP', qty: 10, isAcknowledged: true };
const line: SentLine = { orderid: 'o1', sku: 'LAMP', qty: 2, isAcknowledged: true, batchref: 'b1' };
const place = { orderid: 'o1', sku: 'LAMP', qty: 2, batchref: 'b1' };
const allocated: HistoryRow = { message_id: 'm1', event: 'Allocated', ...place };
const told: HistoryRow = {
  message_id: 'm2',
  event: 'OutOfStock',
  sku: 'LAMP',
  orderid: null,
  qty: null,
  batchref: null,
};
const fine: WhatHappened = {
  batches: [{ reference: 'b1', sku: 'LAMP', purchased_quantity: 10 }],
  allocations: [place],
  view: [place],
  history: [allocated],
  waiting: [],
  secondLooks: 0,
  purchases: [],
  events: [{ id: 'm1', type: 'allocation.Allocated' }],
};

const requests = (count: number): Partial<WhatHappened> => ({
  purchases: [{ type: PurchaseRequested.type, sku: 'LAMP', count }],
});
const cancellations = (count: number): Partial<WhatHappened> => ({
  purchases: [{ type: PurchaseCancelled.type, sku: 'LAMP', count }],
});

function faultsOf(
  happened: Partial<WhatHappened>,
  sent: readonly SentLine[] = [line],
): readonly string[] {
  const load = new Load({ random: Math.random, url: () => Promise.resolve('') });
  load.batches.push(batch);
  load.lines.push(...sent);
  return audit(load, { ...fine, ...happened });
}

describe('the audit', () => {
  test('finds nothing where nothing is wrong', () => {
    expect(faultsOf({})).toEqual([]);
    expect(
      faultsOf({ allocations: [], view: [], history: [], events: [] }, [
        { orderid: 'o1', sku: 'LAMP', qty: 2, isAcknowledged: false },
      ]),
    ).toEqual([]);
  });

  test('goes through all that a fast machine does in a minute', () => {
    const numbers = Array.from({ length: 20_000 }, (_, number) => number);
    const places = numbers.map((n) => ({
      orderid: `o${n}`,
      sku: 'LAMP',
      qty: 1,
      batchref: `b${n}`,
    }));
    const load = new Load({ random: Math.random, url: () => Promise.resolve('') });
    for (const { batchref, ...sent } of places) {
      load.batches.push({ ref: batchref, sku: 'LAMP', qty: 1, isAcknowledged: true });
      load.lines.push({ ...sent, isAcknowledged: true, batchref });
    }
    const happened: WhatHappened = {
      batches: places.map(({ batchref: reference, sku }) => ({
        reference,
        sku,
        purchased_quantity: 1,
      })),
      allocations: places,
      view: places,
      history: places.map((row, n) => ({ message_id: `m${n}`, event: 'Allocated', ...row })),
      waiting: [],
      secondLooks: 0,
      purchases: [],
      events: numbers.map((n) => ({ id: `m${n}`, type: 'allocation.Allocated' })),
    };
    expect(audit(load, happened)).toEqual([]);
  });

  test.each<[string, Partial<WhatHappened>]>([
    ['an acknowledged batch that is not there', { batches: [] }],
    [
      'a batch with a quantity that nobody sent',
      { batches: [{ reference: 'b1', sku: 'LAMP', purchased_quantity: 9 }] },
    ],
    ['a line that the view lacks', { view: [] }],
    ['a line that the tables lack', { allocations: [] }],
    [
      'a line that was acknowledged and never allocated',
      { allocations: [], view: [], history: [], events: [] },
    ],
    [
      'a line that nobody sent',
      {
        history: [allocated, { ...allocated, message_id: 'm3', orderid: 'o9' }],
        events: [...fine.events, { id: 'm3', type: 'x' }],
      },
    ],
    ['an event that was delivered twice', { history: [allocated, allocated] }],
    ['an event that was not delivered', { events: [...fine.events, { id: 'm3', type: 'x' }] }],
    ['a delivery of no event', { events: [] }],
    [
      'events out of order',
      { history: [told, allocated], events: [...fine.events, { id: 'm2', type: 'x' }] },
    ],
    [
      'more allocated than there is',
      { batches: [{ reference: 'b1', sku: 'LAMP', purchased_quantity: 1 }] },
    ],
    ['a line that waits although it is allocated', { waiting: [place] }],
    ['a purchase that was requested again before anything came of it', requests(2)],
    ['a purchase that was cancelled and never requested', cancellations(1)],
    [
      'more told out of stock than was asked for',
      { history: [allocated, told], events: [...fine.events, { id: 'm2', type: 'x' }] },
    ],
  ])('finds %s', (_what, happened) => {
    expect(faultsOf(happened)).not.toEqual([]);
  });

  test('finds an answer of out of stock that was told nobody', () => {
    const empty = { orderid: 'o2', sku: 'LAMP', qty: 99, isAcknowledged: true, batchref: null };
    expect(faultsOf({ waiting: [empty] }, [line, empty])).toHaveLength(1);
  });

  test('finds a line that fitted nowhere and does not wait, and takes second looks into account', () => {
    const empty = { orderid: 'o2', sku: 'LAMP', qty: 99, isAcknowledged: true, batchref: null };
    const happened = {
      history: [allocated, told, { ...told, message_id: 'm3' }],
      events: [...fine.events, { id: 'm2', type: 'x' }, { id: 'm3', type: 'x' }],
      secondLooks: 1,
    };
    expect(faultsOf({ ...happened, waiting: [empty] }, [line, empty])).toEqual([]);
    expect(faultsOf(happened, [line, empty])).toHaveLength(1);
  });
});
