import type { Store } from '../support/stores.ts';

/** What `node-program.mjs` writes when it handles a tick, with the moment by the database's clock. */
export interface Tick {
  readonly id: string;
  readonly message_id: string;
  /** The process that handled it. */
  readonly pid: number;
  /** Whether that was before it was due. */
  readonly early: boolean;
}

export async function createTicks({ observer }: Store): Promise<void> {
  await observer.raw(
    `create table ticks (
      id text, message_id text, pid int, due timestamptz, at timestamptz default clock_timestamp()
    )`,
  );
}

/** All ticks, in the order in which they were handled. */
export async function ticksOf({ observer }: Store): Promise<readonly Tick[]> {
  const { rows } = await observer.raw<{ rows: readonly Tick[] }>(
    'select id, message_id, pid, at < due as early from ticks order by at',
  );
  return rows;
}
