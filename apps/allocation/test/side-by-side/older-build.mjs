// The service before the deployment.
import { feature, handle, on } from '@tidings/core';
import { command, event } from '@tidings/domain';
import { KnexTransaction } from '@tidings/persistence-knex';
import { z } from 'zod';

import { count, runBuild } from './run-build.mjs';

const partitionKey = ({ key }) => key;
const Enter = command('ledger.Enter', z.object({ key: z.string() }), { partitionKey });
const Entered = event('ledger.Entered', z.object({ key: z.string(), n: z.int() }), {
  partitionKey,
});

const enter = handle(Enter, { trx: KnexTransaction }, async ({ key }, { trx }, context) => {
  context.publish(Entered({ key, n: await count(trx, key, context.envelope !== undefined) }));
});
const ledger = on(Entered, 'ledger', { trx: KnexTransaction }, async ({ key, n }, { trx }) => {
  await trx('ledger').insert({ key, n, build: 'older' });
});

await runBuild({
  features: [feature('ledger', [enter, ledger])],
  enter: (key) => Enter({ key }),
});
