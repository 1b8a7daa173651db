import { untilReady } from '../until-ready.ts';
import { Management } from './management.ts';

/** How long a broker may take until it accepts a connection, in milliseconds: two busy cores need 14 s. */
const READY_WITHIN_MS = 120_000;

/** Where a broker listens. */
export interface BrokerUrls {
  readonly url: string;
  readonly managementUrl: string;
}

/** Opens a connection and a channel, as a client would, and closes both. */
export async function tryConnection(url: string): Promise<void> {
  // Loaded when it is needed: who uses Postgres alone need not have it.
  const { connect } = await import('amqplib');
  const connection = await connect(url, { timeout: 5_000 });
  // A broker that dies meanwhile reports it here; the next call reports it to the caller.
  connection.on('error', () => {});
  await connection.createChannel();
  await connection.close();
}

/**
 * Resolves when the broker serves a client and its management API answers.
 *
 * @param hasEnded Asked between two tries; the text it gives is why no answer can come any more.
 */
export async function untilServes(
  { url, managementUrl }: BrokerUrls,
  hasEnded: () => string | undefined,
): Promise<void> {
  const wait = { server: 'RabbitMQ', withinMs: READY_WITHIN_MS, pauseMs: 50, hasEnded };
  await untilReady(() => tryConnection(url), wait);
  await untilReady(() => new Management(managementUrl).ask('GET', '/overview'), wait);
}
