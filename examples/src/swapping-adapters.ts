// The same feature on a store in memory and on Postgres: what differs is the list of adapters, and how
// the feature's tokens are bound to them. Here the Postgres is PGlite, which needs no server; with
// createKnex({ url }) instead of createPgliteKnex() it is a server.
import { bind, createApp, feature, handle, jsonLogger, on, token } from '@tidings/core';
import type { App } from '@tidings/core';
import { command, event } from '@tidings/domain';
import { inMemory, InMemoryTable, InMemoryUnit, inMemoryTransport } from '@tidings/in-memory';
import { KnexTransaction, knexPersistence } from '@tidings/persistence-knex';
import { createPgliteKnex } from '@tidings/persistence-knex/pglite';
import { z } from 'zod';

// The feature knows no adapter.
const Vote = command('poll.Vote', z.object({ choice: z.string() }));
const Voted = event('poll.Voted', z.object({ choice: z.string() }));

interface Tally {
  add(choice: string): Promise<number>;
}
const Tally = token<Tally>('Tally');

const vote = handle(Vote, {}, (data, _, context) => context.publish(Voted(data)));
const tally = on(
  Voted,
  'tally',
  { votes: Tally },
  async ({ choice }, { votes }) => console.log(`${choice}: ${await votes.add(choice)}`),
  { concurrency: 1 },
);
const poll = feature('poll', [vote, tally]);

const logger = jsonLogger({ level: 'warn' });

const onMemory = createApp({
  service: 'poll',
  features: [poll],
  adapters: [inMemory()],
  provide: [
    bind(Tally, { unit: InMemoryUnit }, ({ unit }) => {
      const rows = new InMemoryTable<{ votes: number }>(unit, 'tally');
      return {
        async add(choice) {
          const votes = ((await rows.get(choice))?.votes ?? 0) + 1;
          await rows.put(choice, { votes });
          return votes;
        },
      };
    }),
  ],
  logger,
});

const db = createPgliteKnex();
await db.schema.createTable('tally', (table) => {
  table.text('choice').primary();
  table.integer('votes').notNullable();
});

const onPostgres = createApp({
  service: 'poll',
  features: [poll],
  adapters: [knexPersistence(db), inMemoryTransport()],
  provide: [
    bind(Tally, { trx: KnexTransaction }, ({ trx }) => ({
      async add(choice) {
        const [row] = await trx<{ choice: string; votes: number }>('tally')
          .insert({ choice, votes: 1 })
          .onConflict('choice')
          .merge({ votes: trx.raw('tally.votes + 1') })
          .returning('votes');
        return row?.votes ?? 0;
      },
    })),
  ],
  logger,
});

async function play(name: string, app: App): Promise<void> {
  console.log(name);
  await app.start();
  for (const choice of ['tea', 'coffee', 'tea']) await app.bus.execute(Vote({ choice }));
  await app.settled();
  await app.stop();
}

await play('in memory', onMemory);
await play('on Postgres', onPostgres);
await db.destroy();
