import { eventually } from '@tidings/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { get, post } from './support/api.ts';
import { BrokerClient } from './support/broker-client.ts';
import { Program } from './support/program.ts';
import { ServiceSet } from './support/service-set.ts';

/** Other tests run beside this one; on a machine that has nothing else to do bounds hold as they are said. */
const TOLERANCE = 5;

describe('one API and two workers, on Postgres and RabbitMQ', () => {
  let service: ServiceSet;
  let url: string;

  beforeAll(async () => {
    service = await ServiceSet.start(2);
    url = await service.url();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const addBatch = (ref: string, sku: string, eta: string | null): Promise<unknown> =>
    post(`${url}/add_batch`, { ref, sku, qty: 50, eta });

  test('a request right after an answer sees what the request before did, although others do it', async () => {
    await addBatch('near-1', 'SMALL-TABLE', null);
    for (const orderid of ['o1', 'o2', 'o3', 'o4', 'o5']) {
      const line = { orderid, sku: 'SMALL-TABLE', qty: 2 };
      const answer = await post(`${url}/allocate`, line);
      expect(answer).toEqual({ status: 202, body: { batchref: 'near-1' } });
      expect(await get(`${url}/allocations/${orderid}`)).toEqual({
        status: 200,
        body: [{ sku: 'SMALL-TABLE', batchref: 'near-1' }],
      });
    }
  });

  test('shrinking a batch by a message of another system leads to a published reallocation within three seconds', async () => {
    const sku = 'TALL-LAMP';
    await addBatch('early', sku, '2030-01-01');
    await addBatch('late', sku, '2030-01-02');
    const line = { orderid: 'moved', sku, qty: 10 };
    expect((await post(`${url}/allocate`, line)).body).toEqual({ batchref: 'early' });

    await using other = await BrokerClient.connect(service.vhost.url);
    const seen = await other.collect('allocation.Allocated');
    await other.send('allocation.ChangeBatchQuantity', { ref: 'early', qty: 5 }, 'shrink-1');
    await eventually(() => seen.length > 0, {
      timeoutMs: TOLERANCE * 3000,
      what: 'an event about it',
    });
    expect(seen).toEqual([{ type: 'allocation.Allocated', data: { ...line, batchref: 'late' } }]);
    await eventually(
      async () => {
        const { body } = await get(`${url}/allocations/moved`);
        return JSON.stringify(body) === JSON.stringify([{ sku, batchref: 'late' }]);
      },
      { what: 'that the view shows it' },
    );
  });

  test('every process tells whether it lives and can work, and only the API has an API', async () => {
    const checks = {
      application: 'ok',
      store: 'ok',
      transport: 'ok',
      'projection allocations-view': 'ok',
    };
    for (const program of [service.api, ...service.workers]) {
      const place = await program.url();
      expect(await get(`${place}/livez`)).toEqual({ status: 200, body: { status: 'alive' } });
      const ready = { status: 200, body: { status: 'ready', checks } };
      expect(await get(`${place}/readyz`)).toEqual(ready);
      expect((await get(`${place}/allocations/o1`)).status).toBe(
        program === service.api ? 200 : 404,
      );
    }
  });

  test('no process shows a password', () => {
    const secrets = [service.environment.DATABASE_URL, service.environment.AMQP_URL].map(
      (address) => `:${new URL(address).password}@`,
    );
    for (const { stdout, stderr } of [service.api, ...service.workers]) {
      expect(secrets.filter((secret) => (stdout + stderr).includes(secret))).toEqual([]);
      expect(stdout).toContain(`by RabbitMQ at ${new URL(service.vhost.url).host}`);
    }
  });

  test('a broker that refuses is told as such, without the password', async () => {
    const AMQP_URL = service.vhost.url.replace(/:[^:@/]+@/, ':hush-hush@');
    const { code, stderr } = await Program.run(['api'], { ...service.environment, AMQP_URL });
    expect(code).toBe(1);
    expect(stderr).toContain('RabbitMQ cannot be used');
    expect(stderr).toContain('AMQP_URL');
    expect(stderr).not.toContain('hush-hush');
    expect(stderr).not.toContain('    at ');
  });
});

test.each(['api', 'worker'])(
  'the role %s alone is refused where no other process could use the database',
  async (role) => {
    const { code, stderr } = await Program.run([role], { PORT: '0' });
    expect(code).toBe(1);
    expect(stderr).toContain('- DATABASE_URL must be set');
  },
);
