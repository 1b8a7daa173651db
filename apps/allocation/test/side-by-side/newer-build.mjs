// The service after the deployment: the data of both messages have another shape, and there are a command, an
// event and a subscription more.
import { feature, handle, on } from '@tidings/core';
import { command, event } from '@tidings/domain';
import { KnexTransaction } from '@tidings/persistence-knex';
import { z } from 'zod';

import { count, runBuild } from './run-build.mjs';

const partitionKey = ({ entry }) => entry.key;
const Enter = command('ledger.Enter', z.object({ entry: z.object({ key: z.string() }) }), {
  version: 2,
  upcasters: { 1: ({ key }) => ({ entry: { key } }) },
  partitionKey,
});
const Numbered = z.object({ entry: z.object({ key: z.string(), number: z.int() }) });
const Entered = event('ledger.Entered', Numbered, {
  version: 2,
  upcasters: { 1: ({ key, n }) => ({ entry: { key, number: n } }) },
  partitionKey,
});
const Review = command('ledger.Review', Numbered, { partitionKey });
const Reviewed = event('ledger.Reviewed', Numbered, { partitionKey });

const enter = handle(Enter, { trx: KnexTransaction }, async ({ entry }, { trx }, context) => {
  const number = await count(trx, entry.key, context.envelope !== undefined);
  context.publish(Entered({ entry: { ...entry, number } }));
  if (number % 3 === 0) context.send(Review({ entry: { ...entry, number } }));
});
const review = handle(Review, {}, (data, _, context) => {
  context.publish(Reviewed(data));
});
const ledger = on(Entered, 'ledger', { trx: KnexTransaction }, async ({ entry }, { trx }) => {
  await trx('ledger').insert({ key: entry.key, n: entry.number, build: 'newer' });
});
const reviews = on(
  [Entered, Reviewed],
  'reviews',
  { trx: KnexTransaction },
  async ({ entry }, { trx }, { envelope }) => {
    await trx('reviews').insert({ key: entry.key, n: entry.number, type: envelope.type });
  },
);

await runBuild({
  features: [feature('ledger', [enter, review, ledger, reviews])],
  enter: (key) => Enter({ entry: { key } }),
});
