import type { Envelope } from '@tidings/core';

import { NUMBER_ATTRIBUTES, TEXT_ATTRIBUTES } from './attributes.ts';
import { UnreadableError } from './unreadable-error.ts';

export interface DecodeContext {
  readonly kind: Envelope['kind'];
  /** When it came, ISO 8601, for messages that do not say when they were sent. */
  readonly now: () => string;
}

/** An envelope of attributes as text; those that a sender may leave out get their defaults. */
export function envelopeFrom(
  attributes: ReadonlyMap<string, string>,
  body: string,
  { kind, now }: DecodeContext,
): Envelope {
  const id = attributes.get('id');
  const type = attributes.get('type');
  if (id === undefined) throw new UnreadableError('missing-header:id');
  if (type === undefined) throw new UnreadableError('missing-header:type');
  const numbers = Object.fromEntries(
    NUMBER_ATTRIBUTES.flatMap((name) => {
      const text = attributes.get(name);
      return text === undefined ? [] : [[name, wholeNumber(name, text)]];
    }),
  );
  const texts = Object.fromEntries(
    TEXT_ATTRIBUTES.flatMap((name) => {
      const text = attributes.get(name);
      return text === undefined ? [] : [[name, text]];
    }),
  );
  return {
    source: 'unknown',
    time: now(),
    dataversion: 1,
    correlationid: id,
    ...texts,
    ...numbers,
    id,
    type,
    kind,
    body,
  };
}

function wholeNumber(name: string, text: string): number {
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  // A version that cannot be read is one that nobody knows here.
  throw new UnreadableError(
    name === 'dataversion' ? 'unsupported-version' : `invalid-header:${name}`,
  );
}
