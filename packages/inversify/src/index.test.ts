import { expect, it } from 'vitest';

import * as inMemory from './in-memory.ts';
import * as main from './index.ts';
import * as messagingPostgres from './messaging-postgres.ts';
import * as messagingRabbitmq from './messaging-rabbitmq.ts';
import * as persistenceKnex from './persistence-knex.ts';

it('exports these names and no others, from each entry', () => {
  expect(Object.keys(main).toSorted()).toEqual([
    'App',
    'MessageBus',
    'NoUnitOfWorkError',
    'adapterModule',
    'bootstrap',
    'identifier',
    'tidings',
  ]);
  expect(Object.keys(inMemory).toSorted()).toEqual(['inMemory', 'inMemoryTransport']);
  expect(Object.keys(persistenceKnex)).toEqual(['knexPersistence']);
  expect(Object.keys(messagingPostgres)).toEqual(['postgresMessaging']);
  expect(Object.keys(messagingRabbitmq)).toEqual(['rabbitmqMessaging']);
});
