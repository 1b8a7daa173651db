import { crc32 } from 'node:zlib';

/**
 * Messages are spread over so many buckets, and the buckets over the partitions of a subscription: the
 * sender need not know how many partitions anybody has. More partitions than buckets make no sense.
 */
export const BUCKETS: number = 64;

/** The header that carries a message's bucket, as text. */
export const BUCKET_HEADER = 'tidings-bucket';

/** The bucket of a message: CRC-32 of its partition key, or of its id where it has none, modulo 64. */
export function bucketOf(message: { readonly id: string; readonly partitionkey?: string }): number {
  return crc32(message.partitionkey ?? message.id) % BUCKETS;
}

/** The buckets whose messages go to one of `partitions` queues. */
export function bucketsOf(partition: number, partitions: number): readonly number[] {
  return Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter(
    (bucket) => bucket % partitions === partition,
  );
}
