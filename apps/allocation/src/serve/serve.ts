import type { AddressInfo } from 'node:net';

import type { Logger } from 'pino';

import { openWarehouse } from '../bootstrap.ts';
import { createHealthServer, createServer } from '../http/create-server.ts';
import type { Settings } from '../settings/settings.ts';
import { aborted } from '../signals.ts';
import { StartError } from '../start-error.ts';
import { announcement } from './announcement.ts';

/**
 * Serves the HTTP API, handles deliveries, or both, as the role says, until `signal` aborts; then requests
 * and deliveries under way are finished.
 */
export async function serve(
  settings: Settings,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  await using warehouse = await openWarehouse(settings, logger);
  const create = settings.role === 'worker' ? createHealthServer : createServer;
  const http = await create(warehouse, logger);
  try {
    await http.listen({ port: settings.port, host: settings.host }).catch((error: unknown) => {
      throw listenError(settings, error);
    });
    const url = urlOf(http.server.address() as AddressInfo);
    process.stdout.write(`${announcement(settings.role, url, warehouse)}\n`);
    await aborted(signal);
    process.stdout.write('Ending: what is under way is finished first.\n');
  } finally {
    await http.close();
  }
}

function urlOf({ address, port, family }: AddressInfo): string {
  const isAny = address === '0.0.0.0' || address === '::';
  const host = isAny ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${host}:${port}`;
}

function listenError({ host, port }: Settings, error: unknown): StartError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === 'EADDRINUSE' ? 'another program listens there' : (code ?? message);
  return new StartError(
    `Cannot listen on ${host}, port ${port}: ${why}. Set PORT or HOST to something else.`,
    { cause: error },
  );
}
