import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionsLeftError } from './server-errors.ts';

/** How long a connection that was closed may still be listed, in milliseconds. */
const CLOSED_WITHIN_MS = 30_000;

/**
 * Resolves once a list of connections is empty.
 *
 * @throws ConnectionsLeftError when it does not become so in time.
 */
export async function assertNoConnections(
  server: string,
  list: () => Promise<readonly string[]>,
): Promise<void> {
  const deadline = Date.now() + CLOSED_WITHIN_MS;
  for (;;) {
    const left = await list();
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new ConnectionsLeftError(server, left);
    await delay(25);
  }
}
