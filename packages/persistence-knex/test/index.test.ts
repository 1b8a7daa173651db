import { expect, test } from 'vitest';

import * as exported from '../src/index.ts';
import * as pglite from '../src/pglite.ts';

test('the package exports these names', () => {
  expect(Object.keys(exported).toSorted()).toEqual([
    'AggregateTable',
    'DocumentRepository',
    'EscapedQueryError',
    'KnexPersistence',
    'KnexRepository',
    'KnexTransaction',
    'KnexUnit',
    'UnexpectedAnswerError',
    'asKnexUnit',
    'createKnex',
    'createOutbox',
    'knexPersistence',
    'migrateTidings',
  ]);
  expect(Object.keys(pglite)).toEqual(['createPgliteKnex']);
});
