import type { Envelope, UnreadableMessage } from '@tidings/core';

const TEXTS = ['id', 'type', 'source', 'time', 'correlationid', 'body'] as const;
const OPTIONAL_TEXTS = [
  'subject',
  'causationid',
  'partitionkey',
  'traceparent',
  'intentid',
] as const;

/** The message of a row. What somebody else wrote there, and is none, is given back whole, with the reason. */
export function decode(text: string): Envelope | UnreadableMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadable('invalid-json', text);
  }
  return isEnvelope(value) ? value : unreadable('invalid-shape', text);
}

function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== 'object' || value === null) return false;
  const attributes = value as Readonly<Record<string, unknown>>;
  const { kind, dataversion, aggregateversion = 0 } = attributes;
  return (
    (kind === 'command' || kind === 'event') &&
    Number.isSafeInteger(dataversion) &&
    Number.isSafeInteger(aggregateversion) &&
    TEXTS.every((name) => typeof attributes[name] === 'string') &&
    OPTIONAL_TEXTS.every((name) => ['string', 'undefined'].includes(typeof attributes[name]))
  );
}

function unreadable(reason: string, text: string): UnreadableMessage {
  return { unreadable: true, reason, bytes: Buffer.from(text), headers: {} };
}
