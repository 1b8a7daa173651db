import type { Pool } from 'pg';

import type { Measurement } from '../harness/contender.ts';
import { stopwatch } from '../harness/stopwatch.ts';
import { KEYS, skuOf, WRITERS, type Changed } from './settings.ts';

/** What is changed, and where handlers leave their effect. */
export async function makeTables(pool: Pool): Promise<void> {
  await pool.query('create table stock (sku text primary key, version int not null)');
  await pool.query('create table effect (id text primary key, sku text not null, version int)');
  const skus = Array.from({ length: KEYS }, (_, n) => skuOf(n));
  await pool.query('insert into stock select unnest($1::text[]), 0', [skus]);
}

/** What handlers were given: how much of it, and whether the versions of each key came in order. */
export class Ledger {
  readonly #messages: number;
  readonly #last = new Map<string, number>();
  readonly #seen = new Set<string>();
  readonly #all: Promise<void>;
  #resolveAll!: () => void;
  #inverted = 0;

  constructor(messages: number) {
    this.#messages = messages;
    this.#all = new Promise((resolve) => {
      this.#resolveAll = resolve;
    });
  }

  /** To be called when the handler begins. */
  begins({ sku, version }: Changed): void {
    const last = this.#last.get(sku) ?? 0;
    if (version < last) this.#inverted += 1;
    this.#last.set(sku, Math.max(last, version));
  }

  /** To be called when the effect is there, or is sure to be there with its transaction. */
  handled({ id }: Changed): void {
    this.#seen.add(id);
    if (this.#seen.size === this.#messages) this.#resolveAll();
  }

  /**
   * Lets the writers write everything, one change after the other each, and waits until all was handled.
   *
   * @param write makes one change, and commits it together with its message
   */
  async measure(write: (sku: string) => Promise<void>, pool: Pool): Promise<Measurement> {
    const stop = stopwatch(this.#messages);
    let next = 0;
    await Promise.all(
      Array.from({ length: WRITERS }, async () => {
        while (next < this.#messages) {
          next += 1;
          await write(skuOf(next));
        }
      }),
    );
    const writing = stop();
    await this.#all;
    const measured = stop();
    const effects = async (): Promise<number> =>
      Number((await pool.query('select count(*) from effect')).rows[0].count);
    // The transaction of the last handler may not be over.
    while ((await effects()) < this.#messages) await new Promise((done) => setTimeout(done, 10));
    return {
      ...measured,
      writtenPerSecond: writing['perSecond'] ?? Number.NaN,
      inverted: this.#inverted,
    };
  }
}
