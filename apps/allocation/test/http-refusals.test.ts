import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { InjectedApi } from './support/injected-api.ts';

let api: InjectedApi;

beforeEach(async () => {
  api = await InjectedApi.open();
});
afterEach(() => api[Symbol.asyncDispose]());

describe('refusals', () => {
  test('an unknown SKU is named', async () => {
    expect(await api.post('/allocate', { orderid: 'o1', sku: 'NOWHERE', qty: 20 })).toEqual({
      status: 400,
      body: { message: 'Invalid sku NOWHERE' },
    });
    expect((await api.get('/allocations/o1')).status).toBe(404);
  });

  test('an unknown batch is named', async () => {
    expect(await api.post('/change_batch_quantity', { batchref: 'nowhere', qty: 1 })).toEqual({
      status: 400,
      body: { message: 'Invalid batchref nowhere' },
    });
  });

  test('a reference that is taken is a conflict', async () => {
    await api.addBatch('b1', 'SOFA', 1);
    expect((await api.addBatch('b1', 'SOFA', 1)).status).toBe(201);
    expect((await api.addBatch('b1', 'SOFA', 2)).status).toBe(409);
  });

  test.each([
    ['/add_batch', { ref: '', sku: 5, qty: 0, eta: 'tomorrow' }, ['ref', 'sku', 'qty', 'eta']],
    ['/add_batch', {}, ['ref', 'sku', 'qty']],
    [
      '/allocate',
      { orderid: 'o\u0000', sku: 'x'.repeat(101), qty: '3' },
      ['orderid', 'sku', 'qty'],
    ],
    ['/allocate', { orderid: 'o\ud800', sku: 'SOFA', qty: 1.5 }, ['orderid', 'qty']],
    ['/change_batch_quantity', { batchref: null, qty: -1 }, ['batchref', 'qty']],
    ['/allocate', [], ['body']],
  ])('faulty input to %s has each field named: %j', async (url, payload, fields) => {
    const { status, body } = await api.post(url, payload);
    expect(status).toBe(400);
    const { errors } = body as { errors: { field: string; message: string }[] };
    expect(errors.map(({ field }) => field)).toEqual(fields);
    expect(errors.every(({ message }) => message.length > 0)).toBe(true);
  });

  test('what is no JSON, of another type, or too long is told apart', async () => {
    expect((await api.postRaw('/allocate', 'application/json', '{"orderid":')).status).toBe(400);
    expect((await api.postRaw('/allocate', 'application/json', '')).status).toBe(400);
    expect((await api.postRaw('/allocate', 'text/plain', 'hello')).status).toBe(415);
    expect(
      (await api.postRaw('/allocate', 'application/json', `"${'x'.repeat(20_000)}"`)).status,
    ).toBe(413);
    expect((await api.get('/allocations/%00')).status).toBe(400);
    expect((await api.get('/nowhere')).status).toBe(404);
  });
});
