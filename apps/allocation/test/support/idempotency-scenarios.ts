import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Warehouse } from '../../src/http/warehouse.ts';
import { InjectedApi } from './injected-api.ts';

/** S39 by HTTP: what a request under an `Idempotency-Key` promises, whatever the warehouse is kept in. */
export function describeIdempotency(open: () => Promise<Warehouse>): void {
  let api: InjectedApi<Warehouse>;
  let number = 0;
  let sku: string;
  let key: { readonly 'idempotency-key': string };

  // The warehouse may be shared: each test has a product and a key of its own.
  beforeEach(async () => {
    api = await InjectedApi.on(await open());
    number += 1;
    sku = `S39-${number}`;
    key = { 'idempotency-key': `key-${number}` };
  });
  afterEach(() => api.http.close());

  const line = (qty: number): object => ({ orderid: `order of ${sku}`, sku, qty });
  const historyOf = async (): Promise<readonly string[]> => {
    await api.warehouse.app.settled();
    return (await api.warehouse.queries.historyOf(sku)).map(({ event }) => event);
  };

  test('S39 ten requests under one key at once take effect once and are answered alike', async () => {
    await api.addBatch(`${sku}-b1`, sku, 5);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.post('/allocate', line(2), key)),
    );
    const answer = { status: 202, body: { batchref: `${sku}-b1` } };
    expect(answers).toEqual(answers.map(() => answer));
    expect(await historyOf()).toEqual(['Allocated']);
  });

  test('S39 ten that find nothing to allocate say once that it is out of stock, and are answered alike', async () => {
    await api.addBatch(`${sku}-b1`, sku, 1);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.post('/allocate', line(2), key)),
    );
    expect(answers).toEqual(answers.map(() => ({ status: 202, body: { batchref: null } })));
    expect(await historyOf()).toEqual(['OutOfStock']);
  });

  test('S39 another body, and another request, under the same key is refused with 422', async () => {
    await api.addBatch(`${sku}-b1`, sku, 10);
    const first = await api.post('/allocate', line(2), key);
    expect(await api.post('/allocate', line(3), key)).toEqual({
      status: 422,
      body: { message: 'This Idempotency-Key was used before with another request' },
    });
    const batch = { ref: `${sku}-b2`, sku, qty: 1 };
    expect((await api.post('/add_batch', batch, key)).status).toBe(422);
    const reordered = Object.fromEntries(Object.entries(line(2)).toReversed());
    expect(await api.post('/allocate', reordered, key)).toEqual(first);
    expect(await historyOf()).toEqual(['Allocated']);
  });

  test.each([
    ['of 10 kB', 'x'.repeat(10_000)],
    ['without a character', ''],
    ['with a blank', 'a b'],
    ['with an umlaut', 'Ä'],
  ])('S39 a key %s is refused with 400', async (_, faulty) => {
    await api.addBatch(`${sku}-b1`, sku, 10);
    const headers = { 'idempotency-key': faulty };
    const { status, body } = await api.post('/allocate', line(1), headers);
    expect(status).toBe(400);
    const { errors } = body as { readonly errors: readonly { readonly field: string }[] };
    expect(errors.map(({ field }) => field)).toContain('idempotency-key');
    expect(await historyOf()).toEqual([]);
  });

  test('S39 a request that was refused leaves nothing of its key', async () => {
    expect((await api.post('/allocate', line(1), key)).status).toBe(400);
    await api.addBatch(`${sku}-b1`, sku, 10);
    expect((await api.post('/allocate', line(1), key)).status).toBe(202);
    expect(await historyOf()).toEqual(['Allocated']);
  });
}
