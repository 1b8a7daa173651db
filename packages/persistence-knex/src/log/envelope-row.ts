import type { Envelope } from '@tidings/core';

import { integer, optionalText, text } from '../connection/columns.ts';
import type { Row } from '../connection/session.ts';

/** The envelope of a row of `messages`. */
export function envelopeOf(row: Row): Envelope {
  const optional = {
    subject: optionalText(row['subject']),
    aggregateversion:
      row['aggregateversion'] === null ? undefined : integer(row['aggregateversion']),
    causationid: optionalText(row['causationid']),
    partitionkey: optionalText(row['partitionkey']),
    traceparent: optionalText(row['traceparent']),
    intentid: optionalText(row['intentid']),
  };
  const envelope: Record<string, unknown> = {
    id: text(row['id']),
    kind: text(row['kind']),
    type: text(row['type']),
    source: text(row['source']),
    time: text(row['time']),
    dataversion: integer(row['dataversion']),
    correlationid: text(row['correlationid']),
    body: text(row['body']),
  };
  for (const [name, value] of Object.entries(optional)) {
    if (value !== undefined) envelope[name] = value;
  }
  return envelope as unknown as Envelope;
}
