import { WaitTimeoutError, type App } from '@tidings/core';
import type { Command } from '@tidings/domain';
import { pino } from 'pino';
import { expect, test } from 'vitest';

import type { AllocationQueries } from '../src/allocation/allocation-queries.ts';
import { createServer } from '../src/http/create-server.ts';

/** The API on a bus whose commands take effect at once, and are seen by the view or not. */
async function serverOn(execute: (command: Command) => unknown) {
  const bus = { execute: async (command: Command) => execute(command) };
  const app = { bus } as unknown as App;
  const queries = {} as AllocationQueries;
  return createServer({ app, queries }, pino({ level: 'silent' }));
}

function late(): never {
  throw new WaitTimeoutError('The view', 8000);
}

test('a request whose command took effect is accepted when the view is late', async () => {
  await using http = await serverOn(late);
  const payload = { orderid: 'o1', sku: 'SOFA', qty: 1 };
  const answer = await http.inject({ method: 'POST', url: '/allocate', payload });
  expect(answer.statusCode).toBe(202);
  expect(answer.json()).toEqual({});
});

test('a late view is waited for once in a request, however many lines it moves', async () => {
  const allocated: string[] = [];
  await using http = await serverOn(({ type }) => {
    if (type !== 'allocation.Allocate') {
      const line = { orderid: 'o1', sku: 'SOFA', qty: 1 };
      return ['a', 'b', 'c'].map((intent) => ({ line, intent }));
    }
    allocated.push(type);
    return late();
  });
  const payload = { batchref: 'b1', qty: 0 };
  const answer = await http.inject({ method: 'POST', url: '/change_batch_quantity', payload });
  expect(answer.statusCode).toBe(202);
  expect(allocated).toHaveLength(1);
});
