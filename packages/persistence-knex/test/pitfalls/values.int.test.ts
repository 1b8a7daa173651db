import { Aggregate } from '@tidings/domain';
import { startPostgres, type PrivatePostgres } from '@tidings/testing/servers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { asKnexUnit, DocumentRepository } from '../../src/index.ts';
import { createPgliteKnex } from '../../src/pglite.ts';
import { KnexPersistence } from '../../src/knex-persistence.ts';
import { messageOf, storeMessages, Stores } from '../support/stores.ts';

let server: PrivatePostgres;
const stores = new Stores(() => server);
const embedded = createPgliteKnex();

beforeAll(async () => {
  server = await startPostgres();
  // PGlite starts within this process, and lets no timer or socket have its turn meanwhile.
  await embedded.raw('select 1');
});
afterEach(() => stores.close());
afterAll(async () => {
  await embedded.destroy();
  await server.stop();
});

class List extends Aggregate {
  readonly items: readonly unknown[];

  constructor(id: string, version: number, items: readonly unknown[]) {
    super(id, version);
    this.items = items;
  }
}

/** A document that is an array, and not an object. */
const mapping = {
  toState: (list: List): readonly unknown[] => list.items,
  fromState: (items: readonly unknown[], id: string, version: number): List =>
    new List(id, version, items),
};

const engines = {
  Postgres: async (): Promise<KnexPersistence> => (await stores.open()).persistence,
  PGlite: async (): Promise<KnexPersistence> => {
    const persistence = new KnexPersistence(embedded, { schema: 'values_test' }, () => {});
    await persistence.start();
    await embedded.raw(
      'truncate values_test.dead_letters, values_test.messages, values_test.documents, values_test.log_runs',
    );
    return persistence;
  },
};

for (const [engine, open] of Object.entries(engines)) {
  test(`N14 on ${engine} dead letters of one millisecond are paged without loss or repetition`, async () => {
    const persistence = await open();
    const ids = Array.from({ length: 12 }, (_, index) => `d${String(index).padStart(2, '0')}`);
    for (const id of ids) {
      await persistence.deadLetters.park({
        id,
        subscription: 's',
        reason: 'schema',
        error: 'no',
        attempts: 1,
        envelope: messageOf(id),
        block: false,
      });
    }

    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await persistence.deadLetters.list(
        {},
        after === undefined ? { limit: 5 } : { limit: 5, after },
      );
      seen.push(...page.letters.map(({ id }) => id));
      after = page.next;
    } while (after !== undefined);
    const [first] = (await persistence.deadLetters.list({})).letters;
    const since = await persistence.deadLetters.list({ from: first?.parkedAt ?? '' });

    expect(seen).toEqual(ids);
    expect(since.total).toBe(ids.length);
  });

  test(`N15 on ${engine} positions and versions are numbers, also from 10 on`, async () => {
    const persistence = await open();
    const ids = Array.from({ length: 12 }, (_, index) => `n${index}`);
    const lease = await persistence.leases.acquire('relay', 'node-1', 60_000);
    if (lease === undefined) throw new Error('the lease is not free');
    const before = await persistence.log.head();

    for (const id of ids) await storeMessages({ persistence }, id);
    while ((await persistence.log.sequence(lease, 5)) > 0);
    const positions = (await persistence.log.read(before, 100)).map(({ position }) => position);
    await persistence.checkpoints.advance('reader', before + 9, lease);
    const advanced = await persistence.checkpoints.advance('reader', before + 10, lease);

    expect(positions).toEqual(ids.map((_, index) => before + index + 1));
    expect(advanced).toBe('advanced');
    expect(await persistence.checkpoints.read('reader')).toBe(before + 10);
  });

  test(`N16 on ${engine} a document that is an array comes back as it was`, async () => {
    const persistence = await open();
    const items = ['a', ['b', { c: [1, null, 'ü{}"\\'] }], 0.1, 123456789012345, true];
    const unit = await persistence.begin();
    new DocumentRepository(asKnexUnit(unit), 'lists', mapping).add(new List('l1', 0, items));
    await unit.commit({ messages: [] });

    const next = await persistence.begin();
    const list = await new DocumentRepository(asKnexUnit(next), 'lists', mapping).require('l1');
    await next.rollback();

    expect(list).toMatchObject({ version: 1, items });
  });
}
