import { crc32 } from 'node:zlib';

import type { Envelope, OutgoingMessage, Publication } from '@tidings/core';

import { arrayOf, integer, type Row, type Statement } from '../database/statement.ts';
import type { Schema } from '../schema/schema.ts';

/** One message of a call of `publish`, until it is known what became of it. */
export interface OutgoingEntry extends OutgoingMessage {
  readonly publication: Publication;
  readonly text: string;
}

/** Messages that came to one subscription together. */
export interface Arrival {
  /** Id of the subscription. */
  readonly subscription: number;
  /** The partitions that got some, as bits. */
  readonly partitions: number;
  /** Whether other processes consume it as well. */
  readonly shared: boolean;
}

/** JSON has it escaped, so it is in no envelope. */
const SEPARATOR = '\u{1E}';

/** A message as it is kept. */
export function textOf(envelope: Envelope): string {
  return JSON.stringify(envelope);
}

/** What of a message decides its partition: CRC-32 of its key, or of its id where it has none, below 2^15. */
export function bucketOf({ partitionkey, id }: Envelope): number {
  return crc32(partitionkey ?? id) & 0x7f_ff;
}

/** A type as a parameter of a statement. Postgres holds no NUL; no definition has a type with one, nor with a separator. */
export function typeOf({ type }: Envelope): string {
  return type.replaceAll('\0', '\u{FFFD}').replaceAll(SEPARATOR, '\u{FFFD}');
}

/** Writes messages for all subscriptions of their types: all of them, or none. */
export function publishStatement(
  schema: Schema,
  { consumer, lockTimeoutMs }: { readonly consumer: string; readonly lockTimeoutMs: number },
  entries: readonly OutgoingEntry[],
): Statement {
  return schema.call(
    'publish',
    consumer,
    lockTimeoutMs,
    entries.map(({ envelope }) => envelope.kind).join(SEPARATOR),
    entries.map(({ envelope }) => typeOf(envelope)).join(SEPARATOR),
    arrayOf(entries.map(({ envelope }) => bucketOf(envelope))),
    arrayOf(entries.map(({ republished }) => republished)),
    entries.map(({ text }) => text).join(SEPARATOR),
  );
}

/** Reads what has come to which subscription. */
export function arrivalsIn(rows: readonly Row[]): readonly Arrival[] {
  return rows
    .filter((row) => row['subscription'] !== null)
    .map((row) => ({
      subscription: integer(row['subscription']),
      partitions: integer(row['partitions']),
      shared: row['shared'] === true,
    }));
}

/** Reads which messages nobody takes. */
export function unroutableIn(
  rows: readonly Row[],
  entries: readonly OutgoingEntry[],
): ReadonlySet<OutgoingEntry> {
  const places = rows.filter((row) => row['unroutable'] !== null);
  return new Set(
    places.flatMap((row) => {
      const entry = entries[integer(row['unroutable']) - 1];
      return entry === undefined ? [] : [entry];
    }),
  );
}
