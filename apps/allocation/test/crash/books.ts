import { createKnex } from '@tidings/persistence-knex';
import { eventually } from '@tidings/testing';

import { audit } from './audit.ts';
import type { Load } from './load.ts';
import { whatHappened } from './what-happened.ts';

const PATIENCE_MS = 60_000;

export interface ClosedBooks {
  /** Every contradiction between what clients were told and what the database says. */
  readonly faults: readonly string[];
  readonly events: number;
  readonly deadLetters: number;
}

/**
 * Audits a service that still runs, as soon as it has done everything that it was told; where it does not
 * get there in time, the faults are what it lacks.
 */
export async function closeBooks(load: Load, databaseUrl: string): Promise<ClosedBooks> {
  const db = createKnex({ url: databaseUrl, poolSize: 2 });
  try {
    const look = async (): Promise<ClosedBooks> => {
      const happened = await whatHappened(db);
      const letters = await db('tidings.dead_letters').count<{ count: string }[]>('*');
      return {
        faults: audit(load, happened),
        events: happened.events.length,
        deadLetters: Number(letters[0]?.count),
      };
    };
    await eventually(async () => (await look()).faults.length === 0, {
      timeoutMs: PATIENCE_MS,
    }).catch(() => {
      // What is wrong is what the last look finds.
    });
    return await look();
  } finally {
    await db.destroy();
  }
}
