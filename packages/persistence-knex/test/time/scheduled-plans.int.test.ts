import type { Knex } from 'knex';
import { expect, test } from 'vitest';

import { Schema } from '../../src/connection/schema.ts';
import { scheduledStatements } from '../../src/scheduled/scheduled-statements.ts';
import { pagesOf } from '../support/plans.ts';
import { testStores } from '../support/test-stores.ts';

const stores = testStores();
const statements = scheduledStatements(new Schema('tidings'));
const WAITING = 30_000;
/** The whole table has more than 1,500. To move a message writes to three indexes, and to two tables. */
const FEW_PAGES = 150;

/** So many messages that are due in the years to come, and some that are due. */
async function fill(db: Knex, due: number): Promise<void> {
  await db.raw(
    `insert into tidings.scheduled_messages
       (due_at, id, kind, type, source, time, dataversion, correlationid, body)
     select now() + (n - ?) * interval '1 hour', 'm' || n, 'command', 'test.Remind', 'test',
       '2026-01-01', 1, 'c', repeat('x', 300)
     from generate_series(1, ?) as n`,
    [due, WAITING],
  );
}

test.each([
  ['before there are statistics', false],
  ['with statistics', true],
])(
  'what waits for years costs those nothing who look after what is due, %s',
  async (_, analyzed) => {
    const { observer, persistence } = await stores.open();
    await fill(observer, 3);
    if (analyzed) await observer.raw('vacuum analyze tidings.scheduled_messages');

    expect(await pagesOf(observer, statements.next.text)).toBeLessThan(FEW_PAGES);
    expect(await pagesOf(observer, statements.release.text, [500])).toBeLessThan(FEW_PAGES);
    expect(await pagesOf(observer, statements.remove.text, ['{m10,m20,m30}'])).toBeLessThan(
      FEW_PAGES,
    );
    expect(await pagesOf(observer, statements.reschedule.text, ['m40', 'true', 1000])).toBeLessThan(
      FEW_PAGES,
    );
    expect(await persistence.scheduled.nextDueIn()).toBeGreaterThan(0);
    const { messages } = await persistence.scheduled.list({}, { limit: 2 });
    expect(messages.map(({ envelope }) => envelope.id)).toEqual(['m40', 'm4']);
  },
);
