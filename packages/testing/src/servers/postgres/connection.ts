import { untilReady } from '../until-ready.ts';

/** How long a server may take until it accepts a connection, in milliseconds. Recovery is included. */
const READY_WITHIN_MS = 60_000;

/** Runs one statement on a connection of its own. */
export async function query<Row>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  // Loaded when it is needed: who uses RabbitMQ alone need not have it.
  const { Client } = await import('pg');
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A connection that is lost while idle reports it here; the next call reports it to the caller.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(text, [...values]);
    return rows as Row[];
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Resolves when the server answers a query.
 *
 * @param hasEnded Asked between two tries; the text it gives is why no answer can come any more.
 */
export async function untilAnswers(url: string, hasEnded: () => string | undefined): Promise<void> {
  await untilReady(() => query(url, 'select 1'), {
    server: 'Postgres',
    withinMs: READY_WITHIN_MS,
    pauseMs: 25,
    hasEnded,
  });
}
