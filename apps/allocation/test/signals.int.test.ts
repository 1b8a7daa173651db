import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { post } from './support/api.ts';
import { Program } from './support/program.ts';

let folder: string;
let silent: Server;
let connected: Promise<void>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-signals-'));
  // A mail server that accepts connections and never says a word.
  silent = createServer();
  connected = new Promise((resolve) => {
    silent.once('connection', (socket) => {
      socket.on('error', () => {
        // The service was ended while it was connected: that is what the test is about.
      });
      resolve();
    });
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  silent.close();
  await rm(folder, { recursive: true, force: true });
});

test('a second signal ends the service at once, while the first one waits for what is under way', async () => {
  const { port } = silent.address() as AddressInfo;
  await using program = await Program.start([], {
    PORT: '0',
    TIDINGS_DATA_DIR: join(folder, 'data'),
    SMTP_URL: `smtp://127.0.0.1:${port}`,
  });
  const url = await program.url();
  await post(`${url}/add_batch`, { ref: 'b1', sku: 'RARE-VASE', qty: 1, eta: null });
  await post(`${url}/allocate`, { orderid: 'o1', sku: 'RARE-VASE', qty: 2 });
  await connected;

  program.kill('SIGTERM');
  await program.says('Ending');
  const isWaiting = Symbol('is waiting');
  const moment = new Promise((resolve) => setTimeout(() => resolve(isWaiting), 500));
  expect(await Promise.race([program.ended, moment])).toBe(isWaiting);
  program.kill('SIGINT');
  expect(await program.ended).toEqual({ code: 130, signal: null });
});
