import type { DeadLetterToPark, Envelope } from '@tidings/core';

import { withValues } from '../connection/schema.ts';
import type { Send } from '../connection/send.ts';
import { storableError, storableKey } from '../connection/storable-text.ts';
import type { DeadLetterStatements } from './dead-letter-statements.ts';

/** Keeps a dead letter, as part of somebody's transaction. */
export async function insertLetter(
  send: Send,
  { insert }: Pick<DeadLetterStatements, 'insert'>,
  letter: DeadLetterToPark,
): Promise<void> {
  const { envelope, bytes, headers } = letter;
  const values = [
    letter.id,
    letter.subscription,
    envelope === undefined ? null : storableKey(keyOf(letter, envelope)),
    envelope === undefined ? null : storableKey(envelope.id),
    envelope === undefined ? null : storableKey(envelope.type),
    letter.reason,
    storableError(letter.error),
    letter.attempts,
    envelope === undefined ? null : JSON.stringify(envelope),
    bytes ?? null,
    headers === undefined ? null : JSON.stringify(headers),
    letter.block,
  ];
  await send(withValues(insert, values));
}

function keyOf({ claim }: DeadLetterToPark, envelope: Envelope): string {
  return claim?.key ?? envelope.partitionkey ?? envelope.id;
}
