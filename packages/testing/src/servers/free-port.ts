import { createServer } from 'node:net';

/**
 * Asks the kernel for a TCP port of the loopback address that nobody listens on now.
 *
 * Another process can take it before the caller does: who starts a server on it must be ready to ask
 * again.
 */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
