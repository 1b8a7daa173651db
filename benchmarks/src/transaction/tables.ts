import { createKnex, migrateTidings } from '@tidings/persistence-knex';

import { PRODUCTS_EACH, skuOf } from './settings.ts';

/** Makes the tables of one database, with products that never run out. */
export async function makeTables(url: string, connections: number): Promise<void> {
  const db = createKnex({ url, poolSize: 2 });
  try {
    await migrateTidings(db);
    await db.raw(`
      create table products (sku text primary key, version bigint not null, available bigint not null);
      create table lines (order_id text primary key, sku text not null, qty bigint not null);
    `);
    const skus = Array.from({ length: connections }, (_, connection) =>
      Array.from({ length: PRODUCTS_EACH }, (_item, product) => skuOf(connection, product)),
    ).flat();
    await db('products').insert(skus.map((sku) => ({ sku, version: 1, available: 1_000_000_000 })));
  } finally {
    await db.destroy();
  }
}
