import type {
  GenerationPlan,
  GenerationRef,
  LeaseGrant,
  Position,
  ProjectionRecord,
  UnitOfWork,
} from '@tidings/core';

import { inUnit, leaseOf, messageOf } from './helpers.ts';
import type { PersistenceFixture } from './persistence-harness.ts';

/** The type of the messages of these rows. */
export const TYPE: string = messageOf('any').type;

/** What a store throws that does not move a generation on, for this reason. */
export const moved = (reason: string): object => ({ code: 'TIDINGS_PROJECTION_MOVED', reason });

/** Begins a generation of the tally, with its table. */
export async function begin(
  { persistence, tally }: PersistenceFixture,
  plan: Partial<GenerationPlan> = {},
): Promise<GenerationRef | undefined> {
  const unit = await persistence.begin();
  try {
    const ref = await unit.projections.begin({
      projection: 'tally',
      version: 1,
      mode: 'async',
      ...plan,
    });
    if (ref === undefined) return undefined;
    await unit.projections.within(ref, () => tally.create(unit));
    await unit.commit({ messages: [] });
    return ref;
  } finally {
    await unit.rollback();
  }
}

/** As {@link begin}, where nothing is in the way. */
export async function begun(
  fixture: PersistenceFixture,
  plan: Partial<GenerationPlan> = {},
): Promise<GenerationRef> {
  const ref = await begin(fixture, plan);
  if (ref === undefined) throw new Error('something is in the way of a new generation');
  return ref;
}

/** Counts keys in a generation and moves it on. */
export function moveOn(
  { persistence, tally }: Pick<PersistenceFixture, 'persistence' | 'tally'>,
  generation: GenerationRef,
  [from, to]: readonly [from: Position, to: Position],
  lease: LeaseGrant,
  ...keys: readonly string[]
): Promise<void> {
  return withUnit(persistence, async (unit) => {
    await unit.projections.within(generation, async () => {
      for (const key of keys) await tally.count(unit, key);
    });
    const progress = { generation, from, to, events: keys.length, workedMs: 1, lease };
    await unit.commit({ messages: [], progress });
  });
}

/** Makes a generation what readers see. */
export async function activate(
  { persistence }: Pick<PersistenceFixture, 'persistence'>,
  generation: GenerationRef,
  lease?: LeaseGrant,
): Promise<'activated' | 'behind'> {
  // Before the unit: a store with one connection has none left then.
  const [record] = await persistence.projections.read([generation.projection]);
  const known = record?.generations.find((one) => one.generation === generation.generation);
  return withUnit(persistence, async (unit) => {
    const result = await unit.projections.activate(generation, known?.position ?? 0, lease);
    await unit.commit({ messages: [] });
    return result;
  });
}

/** Commits messages `m1` to `m<count>`, which get positions. Returns the lease under which they did. */
export async function loggedMessages(
  fixture: PersistenceFixture,
  count: number,
): Promise<LeaseGrant> {
  const { persistence } = fixture;
  const messages = Array.from({ length: count }, (_, index) => messageOf(`m${index + 1}`));
  await inUnit(fixture, () => {}, messages);
  const lease = await leaseOf(persistence);
  await persistence.log.sequence(lease, count);
  return lease;
}

/** What the store knows of the tally. */
export async function tallyRecord({
  persistence,
}: Pick<PersistenceFixture, 'persistence'>): Promise<ProjectionRecord> {
  const [record] = await persistence.projections.read(['tally']);
  if (record === undefined) throw new Error('nothing is known of the projection');
  return record;
}

/** Where the generations of the tally are. */
export async function positions(
  fixture: Pick<PersistenceFixture, 'persistence'>,
): Promise<readonly Position[]> {
  return (await tallyRecord(fixture)).generations.map(({ position }) => position);
}

/** Does `work` in a unit, which it commits itself, or which is rolled back. */
export async function withUnit<T>(
  persistence: PersistenceFixture['persistence'],
  work: (unit: UnitOfWork) => Promise<T>,
): Promise<T> {
  const unit = await persistence.begin();
  try {
    return await work(unit);
  } finally {
    await unit.rollback();
  }
}
