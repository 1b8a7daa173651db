import { Client } from 'pg';
import { expect, it } from 'vitest';
import {
  ConnectionsLeftError,
  ServerUnavailableError,
  startPostgres,
} from '../../src/servers/index.ts';
import { query } from '../../src/servers/postgres/connection.ts';

const quiet = { log: () => {} };

it('uses the server that the environment names, and removes only its own databases from it', async () => {
  const others = await startPostgres(quiet);
  const kept = await others.createDatabase();
  const postgres = await startPostgres(quiet);
  const own = await postgres.createDatabase();

  expect(postgres.engine).toBe('environment');
  expect(postgres.url).toBe(process.env['TIDINGS_TEST_DATABASE_URL']);
  await postgres.stop();

  await expect(query(own, 'select 1')).rejects.toThrow(/does not exist/);
  expect(await query(kept, 'select 1 as one')).toEqual([{ one: 1 }]);
  await others.stop();
});

it('refuses to crash a server that belongs to someone else', async () => {
  await using postgres = await startPostgres(quiet);

  await expect(postgres.crash()).rejects.toMatchObject({ code: 'TIDINGS_TEST_SERVER_UNSUPPORTED' });
  await expect(postgres.restart()).rejects.toThrow(/crashable: true/);
});

it('tells which connections a test has left open', async () => {
  await using postgres = await startPostgres(quiet);
  const url = await postgres.createDatabase();
  const client = new Client({ connectionString: url, application_name: 'mine' });
  await client.connect();

  const left = await postgres.assertNothingLeft().catch((error: unknown) => error);
  await client.end();

  expect(left).toBeInstanceOf(ConnectionsLeftError);
  expect(String(left)).toMatch(/1 connections to Postgres are still open: .*"mine", idle/);
  await postgres.assertNothingLeft();
});

it('names every engine that was tried and what to install when there is none', async () => {
  const starting = startPostgres({ ...quiet, engines: [] });

  await expect(starting).rejects.toBeInstanceOf(ServerUnavailableError);
  await expect(starting).rejects.toThrow(/Install PostgreSQL 14 or newer/);
});
