import { VirtualClock } from '@tidings/testing';
import { expect, test } from 'vitest';

import { Allocate, CreateBatch } from '../src/allocation/messages.ts';
import { inMemoryWarehouse } from './support/in-memory-warehouse.ts';

const HOUR_MS = 3_600_000;

test('as time goes by the buyers are reminded, and get a report each night while something is waited for', async () => {
  // 20:00 in Berlin, where the nights of the report are.
  const clock = new VirtualClock({ now: '2026-03-27T19:00:00Z' });
  await using warehouse = await inMemoryWarehouse(clock);
  const pass = async (hours: number): Promise<readonly string[]> => {
    const before = warehouse.mails.length;
    await clock.skip(hours * HOUR_MS);
    await warehouse.app.settled();
    return warehouse.mails.slice(before).map(({ subject }) => subject);
  };
  const execute = async (...commands: Parameters<typeof warehouse.app.bus.execute>[0][]) => {
    for (const command of commands) await warehouse.app.bus.execute(command);
    await warehouse.app.settled();
  };
  expect(await pass(7)).toEqual([]);
  await execute(
    CreateBatch({ ref: 'b1', sku: 'LAMP', qty: 1, eta: null }),
    Allocate({ orderid: 'o1', sku: 'LAMP', qty: 5 }),
  );
  expect(warehouse.mails.map(({ subject }) => subject)).toEqual(['Out of stock for LAMP']);
  // 03:00 on Saturday; on Sunday the clocks go forward, and 02:00 is 03:00.
  expect(await pass(21)).toEqual([]);
  expect(await pass(2)).toEqual(['1 product(s) are waited for']);
  expect(await pass(23)).toEqual(['1 product(s) are waited for']);
  // Two days after it ran out.
  expect(await pass(2)).toEqual(['Still out of stock for LAMP']);
  await execute(CreateBatch({ ref: 'b2', sku: 'LAMP', qty: 5, eta: null }));
  expect(await pass(72)).toEqual([]);
});
