import { inexactNumber, type Envelope } from '@tidings/core';

import { NUMBER_ATTRIBUTES, TEXT_ATTRIBUTES } from './attributes.ts';
import { envelopeFrom, type DecodeContext } from './envelope-from.ts';
import { UnreadableError } from './unreadable-error.ts';

/** The envelope of a message in CloudEvents' structured mode: attributes and data are one JSON object. */
export function structuredEnvelope(
  body: string,
  fallback: ReadonlyMap<string, string>,
  context: DecodeContext,
): Envelope {
  const event = objectIn(body);
  if ('data_base64' in event) throw new UnreadableError('unsupported-encoding');
  const attributes = new Map(fallback);
  for (const name of [...TEXT_ATTRIBUTES, ...NUMBER_ATTRIBUTES]) {
    const value = event[name];
    if (typeof value === 'string' || typeof value === 'number') attributes.set(name, String(value));
    else if (value !== undefined && value !== null)
      throw new UnreadableError(`invalid-header:${name}`);
  }
  // The data is written anew, which must not change it.
  if (inexactNumber(body) !== undefined) throw new UnreadableError('invalid-json');
  return envelopeFrom(attributes, textOf(event['data'] ?? null), context);
}

/** Writing, unlike reading, takes a frame of the stack for every level. */
function textOf(data: unknown): string {
  try {
    return JSON.stringify(data);
  } catch {
    throw new UnreadableError('too-deep');
  }
}

function objectIn(body: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new UnreadableError('invalid-json');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnreadableError('invalid-shape');
  }
  return value as Record<string, unknown>;
}
