// Aggregates kept as JSON documents in an embedded Postgres (PGlite): durable in a folder, with no
// tables and no SQL of your own. Started again, the application goes on where it ended.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bind, createApp, feature, handle, jsonLogger, on, token } from '@tidings/core';
import type { App } from '@tidings/core';
import { Aggregate, command, event } from '@tidings/domain';
import { inMemoryTransport } from '@tidings/in-memory';
import { DocumentRepository, KnexUnit, knexPersistence } from '@tidings/persistence-knex';
import type { DocumentMapping } from '@tidings/persistence-knex';
import { createPgliteKnex } from '@tidings/persistence-knex/pglite';
import { z } from 'zod';

const Deposit = command(
  'bank.Deposit',
  z.object({ account: z.string(), pence: z.int().positive() }),
  {
    result: z.object({ balance: z.int(), version: z.int() }),
  },
);
const Deposited = event('bank.Deposited', z.object({ account: z.string(), pence: z.int() }));

class Account extends Aggregate {
  #balance: number;

  constructor(id: string, balance = 0, version = 0) {
    super(id, version);
    this.#balance = balance;
  }

  get balance(): number {
    return this.#balance;
  }

  deposit(pence: number): void {
    this.#balance += pence;
    this.record(Deposited({ account: this.id, pence }));
  }
}

/** The document: all that makes up an account except its id and version. */
const mapping: DocumentMapping<Account, { readonly balance: number }> = {
  toState: ({ balance }) => ({ balance }),
  fromState: ({ balance }, id, version) => new Account(id, balance, version),
};

interface AccountRepository {
  get(id: string): Promise<Account | undefined>;
  add(account: Account): void;
}
const Accounts = token<AccountRepository>('Accounts');

const deposit = handle(Deposit, { accounts: Accounts }, async (data, { accounts }) => {
  let account = await accounts.get(data.account);
  if (account === undefined) {
    account = new Account(data.account);
    accounts.add(account);
  }
  account.deposit(data.pence);
  return { balance: account.balance, version: account.version + 1 };
});
const receipt = on(Deposited, 'receipt', {}, ({ account, pence }) =>
  console.log(`receipt for ${account}: ${pence}`),
);

async function withApp(dataDir: string, work: (app: App) => Promise<void>): Promise<void> {
  const db = createPgliteKnex({ dataDir });
  const app = createApp({
    service: 'bank',
    features: [feature('accounts', [deposit, receipt])],
    adapters: [knexPersistence(db), inMemoryTransport()],
    provide: [
      bind(
        Accounts,
        { unit: KnexUnit },
        ({ unit }) => new DocumentRepository(unit, 'accounts', mapping),
      ),
    ],
    logger: jsonLogger({ level: 'warn' }),
  });
  await app.start();
  try {
    await work(app);
  } finally {
    await app.stop();
    await db.destroy();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'tidings-example-'));
for (const pence of [500, 250]) {
  await withApp(folder, async ({ bus }) => {
    const { balance, version } = await bus.execute(Deposit({ account: 'ada', pence }), {
      waitFor: [receipt],
    });
    console.log(`balance ${balance}, version ${version}`);
  });
}
await rm(folder, { recursive: true });
