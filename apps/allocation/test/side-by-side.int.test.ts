import { createKnex } from '@tidings/persistence-knex';
import { eventually } from '@tidings/testing';
import { startPostgres, startRabbitmq } from '@tidings/testing/servers';
import type { Knex } from 'knex';
import { expect, onTestFinished, test } from 'vitest';

import { createTables, faultsOf } from './side-by-side/books.ts';
import { BuildProcess } from './side-by-side/build-process.ts';

const TIMEOUT_MS = 600_000;
const patience = { timeoutMs: 120_000 };

/** What carries the messages, as the settings that say so. */
type Carrier = () => Promise<Readonly<Record<string, string>>>;

const postgresAlone: Carrier = async () => ({});

const rabbitmq: Carrier = async () => {
  const server = await startRabbitmq();
  onTestFinished(() => server.stop());
  const { url } = await server.createVhost();
  return { AMQP_URL: url };
};

/** An old and a new build of one service, each as processes, on servers. */
class Service {
  readonly db: Knex;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(url: string, environment: Readonly<Record<string, string>>) {
    this.#environment = { DATABASE_URL: url, ...environment };
    this.db = createKnex({ url, poolSize: 2 });
  }

  static async open(carrier: Carrier): Promise<Service> {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const service = new Service(await postgres.createDatabase(), await carrier());
    onTestFinished(() => service.db.destroy());
    await createTables(service.db);
    return service;
  }

  async start(
    build: 'older' | 'newer',
    more: Readonly<Record<string, string>> = {},
  ): Promise<BuildProcess> {
    const started = await BuildProcess.start(build, { ...this.#environment, ...more });
    onTestFinished(() => started.kill());
    return started;
  }

  /** Waits until a build has written so many more entries. */
  async writes(build: 'older' | 'newer', count = 100): Promise<void> {
    const written = async (): Promise<number> => {
      const rows = await this.db('ledger').where({ build }).count<{ count: string }[]>('*');
      return Number(rows[0]?.count);
    };
    const before = await written();
    await eventually(async () => (await written()) >= before + count, {
      ...patience,
      what: `that the ${build} build has written ${count} entries`,
    });
  }

  /** How many dead letters there have been of what a build was too old for. */
  async unread(state: 'dead' | 'replayed'): Promise<number> {
    const rows = await this.db('tidings.dead_letters')
      .whereIn('reason', ['unsupported-version', 'unknown-type'])
      .where({ state })
      .count<{ count: string }[]>('*');
    return Number(rows[0]?.count);
  }
}

test.each([
  ['RabbitMQ', rabbitmq],
  ['Postgres alone', postgresAlone],
])(
  'F33 on %s a rolling deployment under load, a roll back and another deployment lose nothing, double nothing and keep the order per key',
  async (name, carrier) => {
    const service = await Service.open(carrier);
    const [first, second] = [await service.start('older'), await service.start('older')];
    await service.writes('older');

    // The deployment. One of the old processes dies instead of being stopped.
    const third = await service.start('newer');
    await first.stop();
    await service.writes('newer');
    const fourth = await service.start('newer');
    await second.kill();
    await service.writes('newer');

    // The roll back. For a while the new build is left as an API only, beside workers of the old one.
    const [fifth, sixth] = [await service.start('older'), await service.start('older')];
    const api = await service.start('newer', { CONSUME: 'no' });
    await third.stop();
    await fourth.stop();
    await eventually(async () => (await service.unread('dead')) >= 10, patience);
    await api.stop();
    const left = await service.unread('dead');
    // Keys that the new build has left nothing in go on.
    await service.writes('older');
    expect(await service.unread('dead')).toBeGreaterThanOrEqual(left);

    // Another deployment, and the end of the load.
    const seventh = await service.start('newer');
    await fifth.kill();
    const eighth = await service.start('newer');
    await service.writes('newer');
    await sixth.stop();
    await Promise.all([seventh.endLoad(), eighth.endLoad()]);
    await eventually(async () => (await faultsOf(service.db)).length === 0, patience).catch(() => {
      // What is wrong is what the last look finds.
    });

    expect(await faultsOf(service.db)).toEqual([]);
    expect(await service.unread('replayed')).toBeGreaterThanOrEqual(left);
    const { rows } = await service.db.raw<{ rows: { entries: string; unread: string }[] }>(
      `select (select count(*) from ledger) as entries,
              (select count(*) from tidings.dead_letters) as unread`,
    );
    process.stderr.write(
      `builds side by side on ${name}: ${rows[0]?.entries} entries, ${rows[0]?.unread} deliveries came to a build too old\n`,
    );
    await Promise.all([seventh.stop(), eighth.stop()]);
  },
  TIMEOUT_MS,
);
