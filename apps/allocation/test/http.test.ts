import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createServer } from '../src/http/create-server.ts';
import { inMemoryWarehouse, type InMemoryWarehouse } from './support/in-memory-warehouse.ts';

let warehouse: InMemoryWarehouse;
let http: FastifyInstance;

beforeEach(async () => {
  warehouse = await inMemoryWarehouse();
  http = await createServer(warehouse, pino({ level: 'silent' }));
});
afterEach(async () => {
  await http.close();
  await warehouse.app.stop();
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function post(
  url: string,
  payload: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await http.inject({ method: 'POST', url, payload, headers });
  return { status: response.statusCode, body: response.json() };
}

async function get(url: string): Promise<Answer> {
  const response = await http.inject({ method: 'GET', url });
  return { status: response.statusCode, body: response.json() };
}

async function postRaw(contentType: string, payload: string): Promise<Answer> {
  const headers = { 'content-type': contentType };
  const response = await http.inject({ method: 'POST', url: '/allocate', headers, payload });
  return { status: response.statusCode, body: response.json() };
}

const addBatch = (ref: string, sku: string, qty: number, eta: string | null = null) =>
  post('/add_batch', { ref, sku, qty, eta });

describe('the happy path', () => {
  test('a line goes to the best batch, and the next request sees it', async () => {
    expect((await addBatch('later', 'SOFA', 100, '2030-01-02')).status).toBe(201);
    expect((await addBatch('early', 'SOFA', 100, '2030-01-01')).status).toBe(201);
    expect((await addBatch('other', 'LAMP', 100)).status).toBe(201);
    expect(await post('/allocate', { orderid: 'o1', sku: 'SOFA', qty: 3 })).toEqual({
      status: 202,
      body: { batchref: 'early' },
    });
    expect(await get('/allocations/o1')).toEqual({
      status: 200,
      body: [{ sku: 'SOFA', batchref: 'early' }],
    });
  });

  test('a line with nowhere to go is accepted, and allocated to nothing', async () => {
    await addBatch('b1', 'SOFA', 1);
    expect(await post('/allocate', { orderid: 'o1', sku: 'SOFA', qty: 3 })).toEqual({
      status: 202,
      body: { batchref: null },
    });
    expect((await get('/allocations/o1')).status).toBe(404);
  });

  test('lines that no longer fit have moved when the change of quantity is answered', async () => {
    await addBatch('b1', 'SOFA', 10);
    await addBatch('b2', 'SOFA', 10, '2030-01-02');
    await post('/allocate', { orderid: 'o1', sku: 'SOFA', qty: 8 });
    const changed = await post('/change_batch_quantity', { batchref: 'b1', qty: 5 });
    expect(changed.status).toBe(202);
    expect((await get('/allocations/o1')).body).toEqual([{ sku: 'SOFA', batchref: 'b2' }]);
    await warehouse.app.settled();
    expect(((await get('/products/SOFA/history')).body as object[]).length).toBe(3);
  });

  test('a request repeated under its key takes effect once and is answered alike', async () => {
    await addBatch('b1', 'SOFA', 1);
    const line = { orderid: 'o1', sku: 'SOFA', qty: 3 };
    const key = { 'idempotency-key': 'k1' };
    const first = await post('/allocate', line, key);
    expect(await post('/allocate', line, key)).toEqual(first);
    await warehouse.app.settled();
    expect(warehouse.mails).toHaveLength(1);
    expect((await post('/allocate', { ...line, qty: 4 }, key)).status).toBe(422);
  });
});

describe('refusals', () => {
  test('an unknown SKU is named', async () => {
    expect(await post('/allocate', { orderid: 'o1', sku: 'NOWHERE', qty: 20 })).toEqual({
      status: 400,
      body: { message: 'Invalid sku NOWHERE' },
    });
    expect((await get('/allocations/o1')).status).toBe(404);
  });

  test('an unknown batch is named', async () => {
    expect(await post('/change_batch_quantity', { batchref: 'nowhere', qty: 1 })).toEqual({
      status: 400,
      body: { message: 'Invalid batchref nowhere' },
    });
  });

  test('a reference that is taken is a conflict', async () => {
    await addBatch('b1', 'SOFA', 1);
    expect((await addBatch('b1', 'SOFA', 1)).status).toBe(201);
    expect((await addBatch('b1', 'SOFA', 2)).status).toBe(409);
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
    const { status, body } = await post(url, payload);
    expect(status).toBe(400);
    const { errors } = body as { errors: { field: string; message: string }[] };
    expect(errors.map(({ field }) => field)).toEqual(fields);
    expect(errors.every(({ message }) => message.length > 0)).toBe(true);
  });

  test('what is no JSON, of another type, or too long is told apart', async () => {
    expect((await postRaw('application/json', '{"orderid":')).status).toBe(400);
    expect((await postRaw('application/json', '')).status).toBe(400);
    expect((await postRaw('text/plain', 'hello')).status).toBe(415);
    expect((await postRaw('application/json', `"${'x'.repeat(20_000)}"`)).status).toBe(413);
    expect((await get('/allocations/%00')).status).toBe(400);
    expect((await get('/nowhere')).status).toBe(404);
  });
});

describe('operating it', () => {
  test('it lives, and is ready while it runs', async () => {
    expect((await get('/livez')).status).toBe(200);
    expect(await get('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
    await warehouse.app.stop();
    expect((await get('/livez')).status).toBe(200);
    expect(await get('/readyz')).toMatchObject({ status: 503, body: { status: 'unready' } });
    expect((await addBatch('b1', 'SOFA', 1)).status).toBe(503);
  });

  test('it describes itself', async () => {
    const { body } = await get('/docs/json');
    const { paths } = body as { paths: object };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/add_batch', '/allocate', '/change_batch_quantity', '/readyz']),
    );
    expect((await http.inject({ url: '/docs' })).headers['content-type']).toContain('text/html');
  });
});
