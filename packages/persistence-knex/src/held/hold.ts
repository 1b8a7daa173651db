import { fingerprintOf, type DeliveryToHold } from '@tidings/core';

import { integer, onlyRow } from '../connection/columns.ts';
import { withValues } from '../connection/schema.ts';
import type { Send } from '../connection/send.ts';
import { storableError, storableKey } from '../connection/storable-text.ts';
import type { HeldStatements } from './held-statements.ts';

/** Holds a delivery as part of somebody's transaction. */
export async function hold(
  send: Send,
  statements: HeldStatements,
  delivery: DeliveryToHold,
): Promise<'held' | 'duplicate' | 'conflict'> {
  const { subscription, key, envelope, attempts, dueIn, error } = delivery;
  const fingerprint = fingerprintOf(envelope);
  const { rows } = await send(
    withValues(statements.hold, [
      subscription,
      storableKey(key),
      storableKey(envelope.id),
      attempts,
      dueIn,
      error === undefined ? null : storableError(error),
      JSON.stringify(envelope),
      fingerprint,
    ]),
  );
  const known = onlyRow(rows)['known'];
  if (known === null) return 'held';
  return integer(known) === fingerprint ? 'duplicate' : 'conflict';
}
