import type { Knex } from 'knex';

type Step = (db: Knex) => Promise<unknown>;

/** In the order in which they are applied. One that was released is never changed. */
const STEPS: Readonly<Record<string, Step>> = {
  '0001_products': async (db) => {
    await db.schema.createTable('products', (table) => {
      table.text('sku').primary();
      table.integer('version').notNullable();
    });
    await db.schema.createTable('batches', (table) => {
      table.text('reference').primary();
      table.text('sku').notNullable().references('products.sku');
      table.integer('purchased_quantity').notNullable();
      table.date('eta');
      table.specificType('position', 'bigint generated always as identity').notNullable();
      // Serves the loading of a product.
      table.index(['sku', 'position']);
    });
    await db.schema.createTable('allocations', (table) => {
      table.text('sku').notNullable();
      table.text('orderid').notNullable();
      table.integer('qty').notNullable();
      table.text('batch_reference').notNullable().references('batches.reference');
      table.specificType('position', 'bigint generated always as identity').notNullable();
      // A line is allocated once; the key also serves the loading of a product.
      table.primary(['sku', 'orderid', 'qty']);
    });
  },
  '0002_read_model': async (db) => {
    await db.schema.createTable('allocations_view', (table) => {
      table.text('orderid').notNullable();
      table.text('sku').notNullable();
      table.integer('qty').notNullable();
      table.text('batchref').notNullable();
      table.primary(['orderid', 'sku', 'qty']);
    });
    await db.schema.createTable('allocation_history', (table) => {
      table.specificType('position', 'bigint generated always as identity').primary();
      table.text('message_id').notNullable();
      table.text('event').notNullable();
      table.text('sku').notNullable();
      table.text('orderid');
      table.integer('qty');
      table.text('batchref');
      table.index(['sku', 'position']);
    });
  },
  '0003_waiting_lines': async (db) => {
    await db.schema.createTable('waiting_lines', (table) => {
      table.text('sku').notNullable();
      table.text('orderid').notNullable();
      table.integer('qty').notNullable();
      table.specificType('position', 'bigint generated always as identity').notNullable();
      table.primary(['sku', 'orderid', 'qty']);
      // Serves the lines of a product in the order in which they came.
      table.index(['sku', 'position']);
    });
  },
  // It is built from the log, in a place of its own, and read by a view of this name.
  '0004_view_of_projection': async (db) => {
    await db.schema.dropTable('allocations_view');
  },
};

/** Any number that nobody else locks. */
const MIGRATION_LOCK = 7_036_118;

const source: Knex.MigrationSource<string> = {
  getMigrations: () => Promise.resolve(Object.keys(STEPS).toSorted()),
  getMigrationName: (name) => name,
  getMigration: (name) =>
    Promise.resolve({
      up: async (db) => {
        await STEPS[name]?.(db);
      },
      down: () => Promise.reject(new Error('Migrations go forward only.')),
    }),
};

/**
 * Brings the app's own tables up to date. All of it is one transaction, the record of what was done and
 * Knex's own lock included: a process killed half-way leaves nothing behind, and of several that start at
 * once one does it while the others wait.
 */
export async function migrateWarehouse(db: Knex): Promise<void> {
  await db.transaction(async (transaction) => {
    await transaction.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
    await transaction.migrate.latest({
      migrationSource: source,
      disableTransactions: true,
      tableName: 'warehouse_migrations',
    });
  });
}
