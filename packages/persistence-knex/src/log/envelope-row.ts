import type { Envelope } from '@tidings/core';

import { integer, text } from '../connection/columns.ts';
import type { Row } from '../connection/session.ts';

const OPTIONAL_TEXTS = [
  'subject',
  'causationid',
  'partitionkey',
  'traceparent',
  'intentid',
] as const;

/** The envelope of a row of `messages`. */
export function envelopeOf(row: Row): Envelope {
  const envelope: { -readonly [Name in keyof Envelope]: Envelope[Name] } = {
    id: text(row['id']),
    kind: kindOf(row['kind']),
    type: text(row['type']),
    source: text(row['source']),
    time: text(row['time']),
    dataversion: integer(row['dataversion']),
    correlationid: text(row['correlationid']),
    body: text(row['body']),
  };
  for (const name of OPTIONAL_TEXTS) {
    const value = row[name];
    if (value !== null) envelope[name] = text(value);
  }
  const version = row['aggregateversion'];
  if (version !== null) envelope.aggregateversion = integer(version);
  return envelope;
}

function kindOf(value: unknown): Envelope['kind'] {
  return value === 'command' ? 'command' : 'event';
}
