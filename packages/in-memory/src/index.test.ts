import { expect, test } from 'vitest';

import * as exported from './index.ts';

test('the package exports these names', () => {
  expect(Object.keys(exported).toSorted()).toEqual([
    'InMemoryPersistence',
    'InMemoryRepository',
    'InMemoryStore',
    'InMemoryTable',
    'InMemoryTransport',
    'InMemoryUnit',
    'InMemoryUnitOfWork',
    'inMemory',
    'inMemoryTransport',
  ]);
});
