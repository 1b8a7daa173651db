import type { DeadLetter, Envelope } from '@tidings/core';

import { integer, optionalText, text } from '../connection/columns.ts';
import type { Row } from '../connection/session.ts';

/** The dead letter of a row. */
export function deadLetterOf(row: Row): DeadLetter {
  const envelope = optionalText(row['envelope']);
  const headers = optionalText(row['headers']);
  const bytes = row['bytes'];
  const state = text(row['state']);
  return {
    id: text(row['id']),
    subscription: text(row['subscription']),
    reason: text(row['reason']),
    error: text(row['error']),
    attempts: integer(row['attempts']),
    state: state === 'replayed' || state === 'discarded' ? state : 'dead',
    blocking: state === 'dead' && row['blocking'] === true,
    parkedAt: text(row['parked']),
    ...(envelope === undefined ? {} : { envelope: JSON.parse(envelope) as Envelope }),
    ...(bytes instanceof Uint8Array ? { bytes: new Uint8Array(bytes) } : {}),
    ...(headers === undefined ? {} : { headers: JSON.parse(headers) as Record<string, string> }),
  };
}
