import { once } from 'node:events';

import { jsonLogger } from '@tidings/core';

import { ledgerApp } from './ledger-app.ts';

// A process that consumes, until it is told to end or is killed.
const [, , url = '', name = ''] = process.argv;
const { app, db } = ledgerApp(url, name, jsonLogger({ level: 'warn' }));
await app.start({ relay: false });
process.stdout.write('ready\n');
await once(process, 'SIGTERM');
await app.stop();
await db.destroy();
