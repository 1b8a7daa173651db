import { processScenario, type ProcessScenario } from '@tidings/testing';
import { describe, test } from 'vitest';

import {
  AllocateWaiting,
  BatchAdded,
  BatchQuantityChanged,
  OutOfStock,
  WaitingEnded,
} from '../allocation/messages.ts';
import { PurchaseCancelled, PurchaseOverdue, PurchaseRequested } from './messages.ts';
import { restocking } from './restocking.ts';

const DAY_MS = 86_400_000;
const NOW = '2026-01-01T00:00:00.000Z';
const sku = 'LAMP';

const ranOut = OutOfStock({ sku });
const batch = BatchAdded({ sku, ref: 'b1', qty: 10, eta: null });
const changed = (was: number, qty: number): ReturnType<typeof BatchQuantityChanged> =>
  BatchQuantityChanged({ sku, ref: 'b1', was, qty });

type Taken = Parameters<ReturnType<typeof story>['when']>[0];
const story = () => processScenario(restocking(2 * DAY_MS));
const running = (): ProcessScenario<{ requestedAt: string }, Taken> => story().given(ranOut);

describe('restocking', () => {
  test('requests one purchase, however many orders find nothing', async () => {
    const play = story();
    await play
      .when(ranOut)
      .thenPublishes(PurchaseRequested({ sku }))
      .thenState({ requestedAt: NOW })
      .thenTimeouts({ reminder: '2026-01-03T00:00:00.000Z' });
    await play.when(ranOut).thenPublishes().thenSends();
    await play.when(OutOfStock({ sku: 'SOFA' })).thenPublishes(PurchaseRequested({ sku: 'SOFA' }));
  });

  test('ends when a batch comes, and has the lines that wait allocated', async () => {
    const play = running();
    await play.when(batch).thenSends(AllocateWaiting({ sku })).thenPublishes().thenCompleted();
    await play.advanceTime(30 * DAY_MS).thenPublishes();
    await play.when(ranOut).thenPublishes(PurchaseRequested({ sku }));
  });

  test('reminds once that no batch has come', async () => {
    const play = running();
    await play.advanceTime(2 * DAY_MS - 1).thenPublishes();
    await play.advanceTime(1).thenPublishes(PurchaseOverdue({ sku, since: NOW }));
    await play
      .advanceTime(30 * DAY_MS)
      .thenPublishes()
      .thenTimeouts({});
    await play.when(batch).thenCompleted();
  });

  test('does not remind of a batch that comes in the same moment, where the batch is first', async () => {
    const play = running();
    await play.advanceTime(2 * DAY_MS, { timeouts: 'after-next-event' });
    await play.when(batch).thenPublishes().thenCompleted();
  });

  test('cancels the purchase when there is enough without it', async () => {
    const play = running();
    await play.when(changed(5, 10)).thenSends(AllocateWaiting({ sku }));
    await play
      .when(WaitingEnded({ sku }))
      .thenPublishes(PurchaseCancelled({ sku }))
      .thenCompleted();
  });

  test('goes on where a batch becomes larger and lines wait all the same, or becomes smaller', async () => {
    const play = running();
    await play.when(changed(5, 10)).thenSends(AllocateWaiting({ sku }));
    await play.when(ranOut).thenPublishes();
    await play.when(changed(10, 3)).thenSends().thenPublishes();
    await play.when(batch).thenCompleted();
  });

  test('has nothing to do with a product that has not run out', async () => {
    for (const event of [batch, changed(5, 10), WaitingEnded({ sku })]) {
      await story().when(event).thenIgnored();
    }
  });
});
