import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startPostgres,
  type PrivatePostgres,
  type StartPostgresOptions,
} from '../../src/servers/index.ts';
import { query } from '../../src/servers/postgres/connection.ts';
import { findEmbeddedBinaries } from '../../src/servers/postgres/embedded-binaries.ts';

/** What runs here by itself: the first crashable engine, and the one that every machine has. */
const choices: readonly { name: string; options: StartPostgresOptions }[] = [
  { name: 'the first engine found', options: { crashable: true } },
  { name: 'the embedded engine', options: { engines: ['embedded'] } },
];

describe.each(choices)('a private Postgres by $name', ({ options }) => {
  let postgres: PrivatePostgres;
  let folder: string;
  const lines: string[] = [];

  beforeAll(async () => {
    postgres = await startPostgres({ ...options, log: (line) => lines.push(line) });
    folder = await dataFolder(postgres.url);
  });

  afterAll(async () => {
    await postgres.stop();
  });

  it('says in one line which engine runs', () => {
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`Postgres for tests: ${postgres.engine}, ready after`);
  });

  it('creates databases that are empty and apart from each other', async () => {
    const left = await postgres.createDatabase();
    const right = await postgres.createDatabase('a "quoted" name');
    await query(left, 'create table only_left (id int)');

    expect(await tables(left)).toEqual(['only_left']);
    expect(await tables(right)).toEqual([]);
  });

  it('keeps what was committed through a crash, on the same address', async () => {
    const url = await postgres.createDatabase();
    await query(url, 'create table kept as select n from generate_series(1, 500) n');

    await postgres.crash();
    await expect(query(url, 'select 1')).rejects.toThrow(/ECONNREFUSED|terminated|ECONNRESET/);
    await postgres.restart();

    expect(await query(url, 'select count(*)::int as rows from kept')).toEqual([{ rows: 500 }]);
  });

  it('is started again when it still runs', async () => {
    const before = await query(postgres.url, 'select pg_postmaster_start_time()::text as at');
    await postgres.restart();
    const after = await query(postgres.url, 'select pg_postmaster_start_time()::text as at');

    expect(after).not.toEqual(before);
  });

  it('leaves nothing when it is stopped, however often', async () => {
    await postgres.stop();
    await postgres.stop();

    await expect(query(postgres.url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
    expect(existsSync(folder)).toBe(false);
  });
});

it('finds the embedded binaries, which are part of the development set-up', () => {
  expect(findEmbeddedBinaries()).toBeDefined();
});

async function dataFolder(url: string): Promise<string> {
  const [row] = await query<{ folder: string }>(
    url,
    "select current_setting('data_directory') as folder",
  );
  return row?.folder ?? '';
}

async function tables(url: string): Promise<readonly string[]> {
  const rows = await query<{ name: string }>(
    url,
    "select tablename as name from pg_tables where schemaname = 'public'",
  );
  return rows.map(({ name }) => name);
}
