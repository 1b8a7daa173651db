// A process of a service on the database DATABASE_URL, which handles `time.Tick` by writing a row. With
// DIE_AT=publish it kills itself when it is about to hand messages to the transport. With CRON it has a
// schedule, which sends a tick for each instant.
import process from 'node:process';

import { createApp, feature, handle, schedule } from '@tidings/core';
import { command } from '@tidings/domain';
import { inMemoryTransport } from '@tidings/in-memory';
import { createKnex, knexPersistence, KnexTransaction } from '@tidings/persistence-knex';

const anything = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } };

const Tick = command('time.Tick', anything);
const tick = handle(Tick, { db: KnexTransaction }, async (data, { db }, { messageId }) => {
  await db('ticks').insert({
    id: data.id,
    due: data.due,
    message_id: messageId,
    pid: process.pid,
  });
});

const { CRON } = process.env;
const schedules =
  CRON === undefined
    ? []
    : [
        schedule('ticks', CRON, { misfire: 'all' }, (instant) => {
          const due = instant.toISOString();
          return Tick({ id: due, due });
        }),
      ];

const ignore = () => {};
const silent = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  fatal: ignore,
  child: () => silent,
};

function dyingTransport() {
  const adapter = inMemoryTransport();
  return {
    ...adapter,
    transport(context) {
      const transport = adapter.transport(context);
      transport.publish = async () => {
        process.kill(process.pid, 'SIGKILL');
        await new Promise(() => {});
      };
      return transport;
    },
  };
}

const db = createKnex({ url: process.env.DATABASE_URL, poolSize: 3 });
const app = createApp({
  service: 'time',
  features: [feature('time', [tick, ...schedules])],
  adapters: [
    knexPersistence(db),
    process.env.DIE_AT === 'publish' ? dyingTransport() : inMemoryTransport(),
  ],
  logger: silent,
  relay: { pollMs: 20, leaseMs: 500 },
});
await app.start();
process.send('started');
