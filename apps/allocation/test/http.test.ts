import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { InjectedApi } from './support/injected-api.ts';

let api: InjectedApi;

beforeEach(async () => {
  api = await InjectedApi.open();
});
afterEach(() => api[Symbol.asyncDispose]());

describe('the happy path', () => {
  test('a line goes to the best batch, and the next request sees it', async () => {
    expect((await api.addBatch('later', 'SOFA', 100, '2030-01-02')).status).toBe(201);
    expect((await api.addBatch('early', 'SOFA', 100, '2030-01-01')).status).toBe(201);
    expect((await api.addBatch('other', 'LAMP', 100)).status).toBe(201);
    expect(await api.post('/allocate', { orderid: 'o1', sku: 'SOFA', qty: 3 })).toEqual({
      status: 202,
      body: { batchref: 'early' },
    });
    expect(await api.get('/allocations/o1')).toEqual({
      status: 200,
      body: [{ sku: 'SOFA', batchref: 'early' }],
    });
  });

  test('a line with nowhere to go is accepted, and allocated to nothing', async () => {
    await api.addBatch('b1', 'SOFA', 1);
    expect(await api.post('/allocate', { orderid: 'o1', sku: 'SOFA', qty: 3 })).toEqual({
      status: 202,
      body: { batchref: null },
    });
    expect((await api.get('/allocations/o1')).status).toBe(404);
  });

  test('lines that no longer fit have moved when the change of quantity is answered', async () => {
    await api.addBatch('b1', 'SOFA', 10);
    await api.addBatch('b2', 'SOFA', 10, '2030-01-02');
    await api.post('/allocate', { orderid: 'o1', sku: 'SOFA', qty: 8 });
    const changed = await api.post('/change_batch_quantity', { batchref: 'b1', qty: 5 });
    expect(changed.status).toBe(202);
    expect((await api.get('/allocations/o1')).body).toEqual([{ sku: 'SOFA', batchref: 'b2' }]);
    await api.warehouse.app.settled();
    expect(((await api.get('/products/SOFA/history')).body as object[]).length).toBe(3);
  });
});

describe('operating it', () => {
  test('it lives, and is ready while it runs', async () => {
    expect((await api.get('/livez')).status).toBe(200);
    expect(await api.get('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
    await api.warehouse.app.stop();
    expect((await api.get('/livez')).status).toBe(200);
    expect(await api.get('/readyz')).toMatchObject({ status: 503, body: { status: 'unready' } });
    expect((await api.addBatch('b1', 'SOFA', 1)).status).toBe(503);
  });

  test('it describes itself', async () => {
    const { body } = await api.get('/docs/json');
    const { paths } = body as { paths: object };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/add_batch', '/allocate', '/change_batch_quantity', '/readyz']),
    );
    expect((await api.http.inject({ url: '/docs' })).headers['content-type']).toContain(
      'text/html',
    );
  });
});
