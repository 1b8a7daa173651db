import type { Knex } from 'knex';

/** The tables that the builds write. */
export async function createTables(db: Knex): Promise<void> {
  await db.raw(`
    create table counters (key text primary key, n int not null, sent int not null);
    create table ledger (seq bigserial primary key, key text not null, n int not null, build text not null);
    create table reviews (seq bigserial primary key, key text not null, n int not null, type text not null);
  `);
}

interface Row {
  readonly key: string;
  readonly n: number;
}

/**
 * Every contradiction between what was promised and what the database says: entries that are missing,
 * doubled or out of order, commands that were not carried out once, and whatever waits.
 */
export async function faultsOf(db: Knex): Promise<readonly string[]> {
  const counters = await db<{ key: string; n: number; sent: number }>('counters').select('*');
  const entered = await db<Row>('ledger').select('key', 'n').orderBy('seq');
  const reviewed = await db<Row & { type: string }>('reviews').select('*').orderBy('seq');
  const { rows: logged } = await db.raw<{ rows: { type: string; count: string }[] }>(
    'select type, count(*) as count from tidings.messages group by type',
  );
  const inLog = new Map(logged.map(({ type, count }) => [type, Number(count)]));
  const waiting = await db('tidings.held_deliveries').count<{ count: string }[]>('*');
  const dead = await db('tidings.dead_letters').where({ state: 'dead' }).select('reason', 'error');

  const followed = reviewed.filter(({ type }) => type === 'ledger.Entered');
  const marked = reviewed.filter(({ type }) => type === 'ledger.Reviewed');
  const sent = counters.reduce((sum, counter) => sum + counter.sent, 0);
  return [
    ...counters.flatMap(({ key, n }) => [
      ...faultsOfRun(`the ledger of ${key}`, numbersOf(entered, key), 1, n),
      // A new subscription gets what is published from its first start on, and from then on everything.
      ...faultsOfRun(
        `what was followed of ${key}`,
        numbersOf(followed, key),
        numbersOf(followed, key)[0] ?? n + 1,
        n,
      ),
    ]),
    ...difference('commands sent and carried out', inLog.get('ledger.Enter'), sent),
    ...difference('reviews sent and made', inLog.get('ledger.Review'), marked.length),
    ...difference(
      'reviews made and different ones',
      marked.length,
      new Set(marked.map(({ key, n }) => `${key} ${n}`)).size,
    ),
    ...difference('deliveries that wait', Number(waiting[0]?.count), 0),
    ...dead.map(({ reason, error }) => `a dead letter: ${String(reason)}, ${String(error)}`),
  ];
}

function numbersOf(rows: readonly Row[], key: string): readonly number[] {
  return rows.filter((row) => row.key === key).map(({ n }) => n);
}

function faultsOfRun(
  what: string,
  numbers: readonly number[],
  first: number,
  last: number,
): readonly string[] {
  const expected = Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n);
  return numbers.join(' ') === expected.join(' ')
    ? []
    : [`${what} is ${numbers.join(' ')}, and should be ${first} to ${last}`];
}

function difference(what: string, left: number | undefined, right: number): readonly string[] {
  return (left ?? 0) === right ? [] : [`${what}: ${left ?? 0} and ${right}`];
}
