import { describe, onTestFinished } from 'vitest';

import { describeIdempotency } from './support/idempotency-scenarios.ts';
import { inMemoryWarehouse } from './support/in-memory-warehouse.ts';

describe('an Idempotency-Key, in memory', () => {
  describeIdempotency(async () => {
    const warehouse = await inMemoryWarehouse();
    onTestFinished(() => warehouse[Symbol.asyncDispose]());
    return warehouse;
  });
});
