import { describe, expect, test } from 'vitest';

import { reasonOf, storeError } from '../src/connection/store-error.ts';
import { storableError, storableKey } from '../src/connection/storable-text.ts';

/** What callers see of it: the code, and whether the work may be repeated. */
const seenAs = {
  TIDINGS_CONCURRENCY: ['40001', '40P01', 'TD409'],
  TIDINGS_COMMIT_FAILED: ['55P03', '57014', 'TD410'],
  TIDINGS_PERSISTENCE_UNAVAILABLE: [
    '08006',
    '57P01',
    '57P02',
    '57P03',
    '25P03',
    '53300',
    'ECONNREFUSED',
    'ECONNRESET',
  ],
};

describe('N10 an error of the store', () => {
  for (const [seen, codes] of Object.entries(seenAs)) {
    test.each(codes)(`with code %s is a transient ${seen}`, (code) => {
      const error = storeError(Object.assign(new Error('x'), { code }), 'The work');
      expect(error).toMatchObject({ code: seen, transient: true });
    });
  }

  test.each(['23505', '25P02', '42P01', '22021'])('with code %s stays as it is', (code) => {
    const error = Object.assign(new Error('x'), { code });
    expect(storeError(error, 'The work')).toBe(error);
  });

  test.each(['Connection terminated unexpectedly', 'Query read timeout', 'timeout expired'])(
    'of the driver that says "%s" is a transient TIDINGS_PERSISTENCE_UNAVAILABLE',
    (message) => {
      expect(storeError(new Error(message), 'The work')).toMatchObject({
        code: 'TIDINGS_PERSISTENCE_UNAVAILABLE',
        transient: true,
      });
    },
  );

  test('tells neither statement nor values in what is made of it', () => {
    const error = Object.assign(new Error("insert into t values ('secret') - deadlock"), {
      code: '40P01',
    });
    expect((storeError(error, 'The work') as Error).message).not.toContain('secret');
    expect(reasonOf(error)).toBe('SQLSTATE 40P01');
  });
});

describe('texts from elsewhere', () => {
  test('keep a usable key as it is, and hash one that no index can hold', () => {
    expect(storableKey('order-1')).toBe('order-1');
    for (const odd of ['x'.repeat(10_000), 'a\0b', '\uD800', storableKey('a\0b')]) {
      expect(storableKey(odd)).toMatch(/^sha256:[0-9a-f]{64}$/);
    }
    expect(storableKey('\uD800')).not.toBe(storableKey('\uD801'));
  });

  test('lose control characters and half surrogate pairs where they are errors', () => {
    const clean = storableError(`a\0b\u001B[31m\n\uD800${'x'.repeat(10_000)}`);
    for (const odd of ['\0', '\u001B', '\uD800']) expect(clean).not.toContain(odd);
    expect(clean.length).toBeLessThan(9000);
  });
});
