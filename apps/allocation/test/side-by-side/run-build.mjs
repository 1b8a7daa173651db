// What both builds of the service have in common: a process on DATABASE_URL, and AMQP_URL where there is one,
// that is under load of its own until it is told to be idle, and ends in order at SIGTERM. With CONSUME=no it
// handles nothing, as an API.
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';

import { createApp } from '@tidings/core';
import { postgresMessaging } from '@tidings/messaging-postgres';
import { rabbitmqMessaging } from '@tidings/messaging-rabbitmq';
import { createKnex, knexPersistence } from '@tidings/persistence-knex';

const CLIENTS = 2;
const KEYS = 50;
/** One in so many commands is for a key of its own, which nothing waits in. */
const FRESH_ONE_IN = 5;
const BETWEEN_MS = 20;

const ignore = () => {};
const silent = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  fatal: ignore,
  child: () => silent,
};

/** Counts an entry of a key in the transaction of its command; who counts first is the first. */
export async function count(trx, key, wasSent) {
  const { rows } = await trx.raw(
    `insert into counters as c (key, n, sent) values (?, 1, ?)
     on conflict (key) do update set n = c.n + 1, sent = c.sent + excluded.sent returning n`,
    [key, wasSent ? 1 : 0],
  );
  return rows[0].n;
}

/** Runs a build; `enter` makes the command of a key. */
export async function runBuild({ features, enter }) {
  const { DATABASE_URL, AMQP_URL, CONSUME } = process.env;
  const db = createKnex({ url: DATABASE_URL, poolSize: 8 });
  const app = createApp({
    service: 'ledger',
    features,
    adapters: [
      knexPersistence(db),
      AMQP_URL === undefined ? postgresMessaging(db) : rabbitmqMessaging({ url: AMQP_URL }),
    ],
    logger: silent,
    relay: { pollMs: 20, leaseMs: 1000 },
  });
  await app.start({ consume: CONSUME !== 'no' });

  let fresh = 0;
  const nextKey = () =>
    Math.random() < 1 / FRESH_ONE_IN
      ? `${process.pid}-${(fresh += 1)}`
      : `k${Math.floor(Math.random() * KEYS)}`;

  const loading = new AbortController();
  const client = async () => {
    while (!loading.signal.aborted) {
      const command = enter(nextKey());
      await (Math.random() < 0.5 ? app.bus.execute(command) : app.bus.send(command));
      await pause(BETWEEN_MS);
    }
  };
  const load = Promise.all(Array.from({ length: CLIENTS }, client));

  const endLoad = () => {
    loading.abort();
    return load;
  };
  const end = async () => {
    await endLoad();
    await app.stop();
    await db.destroy();
    process.disconnect();
  };
  process.on('message', () => void endLoad().then(() => process.send('idle')));
  process.once('SIGTERM', () => void end());
  process.send('started');
}
