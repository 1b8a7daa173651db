import type { Knex } from 'knex';

/** A value of a parameter; a list is an array of texts. */
export type PlanValue = number | string | null | readonly string[];

/** A statement with its parameters written out. */
export function filled(text: string, values: readonly PlanValue[]): string {
  return values.reduce<string>(
    (all, value, n) => all.replaceAll(`$${n + 1}`, literal(value)),
    text,
  );
}

/**
 * How many pages a statement touches, planned for these values, and planned once for any values, as a
 * prepared statement is after some times: the greater number.
 */
export async function pagesOf(
  db: Knex,
  text: string,
  values: readonly PlanValue[] = [],
): Promise<number> {
  return db.transaction(async (trx) => {
    await trx.raw('set local plan_cache_mode = force_generic_plan');
    await trx.raw('deallocate all');
    await trx.raw(`prepare statement as ${text}`);
    const given = values.map((_, n) => `$${n + 1}`).join(', ');
    const execution = filled(`execute statement${given && `(${given})`}`, values);
    return Math.max(
      await pagesTouched(trx, filled(text, values)),
      await pagesTouched(trx, execution),
    );
  });
}

/**
 * How many pages a prepared statement touches after so many executions that Postgres has chosen whether to
 * plan it each time for its values.
 */
export async function pagesOnceChosen(
  db: Knex,
  text: string,
  values: readonly PlanValue[],
): Promise<number> {
  return db.transaction(async (trx) => {
    await trx.raw('deallocate all');
    await trx.raw(`prepare statement as ${text}`);
    const given = values.map((_, n) => `$${n + 1}`).join(', ');
    const execution = filled(`execute statement(${given})`, values);
    for (let times = 0; times < 10; times += 1) await trx.raw(execution);
    return pagesTouched(trx, execution);
  });
}

async function pagesTouched(db: Knex, statement: string): Promise<number> {
  const { rows } = await db.raw<{
    rows: {
      'QUERY PLAN': { Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }[];
    }[];
  }>(`explain (analyze, buffers, format json) ${statement}`);
  const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
  return (plan?.['Shared Hit Blocks'] ?? Infinity) + (plan?.['Shared Read Blocks'] ?? Infinity);
}

function literal(value: PlanValue): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? `'${value}'` : `array['${value.join("','")}']`;
}
