import { integer } from '../database/statement.ts';

/** The numbers of the partitions of any subscription. */
export const PARTITIONS: readonly number[] = Array.from({ length: 16 }, (_, number) => number);

/** All partitions, as bits. */
export const ALL_PARTITIONS: number = 2 ** PARTITIONS.length - 1;

/** How a subscription is shared, as one of those that consume it sees it. */
export interface Share {
  readonly subscription: number;
  /** How many processes consume it, this one among them. */
  readonly members: number;
  /** How many of them come before this one, in an order that is the same for all. */
  readonly before: number;
  /** The partitions that this one has, as bits. */
  readonly owned: number;
  /** How many partitions nobody has. */
  readonly free: number;
}

/** Whether a partition is among those given as bits. */
export function isIn(partitions: number, number: number): boolean {
  return (partitions & (1 << number)) !== 0;
}

/** How many partitions this process should have. All shares together are all partitions. */
export function shareOf({ subscription, members, before }: Omit<Share, 'owned' | 'free'>): number {
  const least = Math.floor(PARTITIONS.length / members);
  // Another one begins for each subscription, so that the same ones do not have more of all.
  const place = (before + subscription) % members;
  return place < PARTITIONS.length % members ? least + 1 : least;
}

/** Reads what the function `beat` gives. */
export function sharesIn(value: unknown): readonly Share[] {
  const rows = Array.isArray(value) ? (value as readonly (readonly unknown[])[]) : [];
  return rows.map(([subscription, members, before, owned, free]) => ({
    subscription: integer(subscription),
    members: integer(members),
    before: integer(before),
    owned: integer(owned),
    free: integer(free),
  }));
}
