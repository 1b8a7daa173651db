import { definitionKey, type Message, type MessageDefinition } from '@tidings/domain';

import { InvalidOptionsError } from '../errors/app-errors.ts';
import { ValidationError } from '../errors/message-errors.ts';
import { jsonFaults } from '../json/json-faults.ts';
import { isWellFormed } from '../json/well-formed.ts';
import type { Envelope } from './envelope.ts';
import type { MessageLimits } from './limits.ts';
import { validate } from './validate.ts';

/** The attributes of an envelope that do not come from the message itself. */
export interface EnvelopeOrigin {
  readonly id: string;
  readonly source: string;
  readonly time: string;
  readonly correlationid: string;
  readonly causationid?: string | undefined;
  readonly subject?: string | undefined;
  readonly aggregateversion?: number | undefined;
  readonly partitionkey?: string | undefined;
  readonly intentid?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** Ids, keys and the like become index keys and AMQP headers, which are limited. */
const MAX_ATTRIBUTE_LENGTH = 255;
/** Those that a user can give. */
const ATTRIBUTES = ['subject', 'partitionkey', 'intentid', 'correlationid'] as const;

/**
 * Puts a message in its envelope. The data is validated by the message's schema, and travels as it was
 * given. The result is a promise only where the schema is asynchronous.
 *
 * @throws {@link ValidationError} with every fault of the data
 * @throws {@link InvalidOptionsError} for an event with an intent
 */
export function encodeMessage(
  message: Message,
  origin: EnvelopeOrigin,
  limits: MessageLimits,
): Envelope | Promise<Envelope> {
  refuseIntent(message, origin.intentid);
  const definition = definitionOf(message);
  const checked = validate(
    definition.schema,
    message.data,
    (faults) => new ValidationError(message.type, faults),
  );
  return checked instanceof Promise
    ? checked.then(() => envelopeOf(message, definition, origin, limits))
    : envelopeOf(message, definition, origin, limits);
}

/** The envelope of a message whose data is valid. Optional attributes are absent, not `undefined`. */
function envelopeOf(
  message: Message,
  definition: MessageDefinition,
  origin: EnvelopeOrigin,
  limits: MessageLimits,
): Envelope {
  const { subject, aggregateversion, causationid, traceparent, intentid } = origin;
  const partitionkey =
    origin.partitionkey ?? definition.partitionKey?.(message.data as never) ?? subject;
  const envelope: { -readonly [Name in keyof Envelope]: Envelope[Name] } = {
    id: origin.id,
    kind: message.kind,
    type: message.type,
    source: origin.source,
    time: origin.time,
    dataversion: message.version,
    correlationid: origin.correlationid,
    body: encodeBody(message, limits),
  };
  if (subject !== undefined) envelope.subject = subject;
  if (aggregateversion !== undefined) envelope.aggregateversion = aggregateversion;
  if (causationid !== undefined) envelope.causationid = causationid;
  if (partitionkey !== undefined) envelope.partitionkey = partitionkey;
  if (traceparent !== undefined) envelope.traceparent = traceparent;
  if (intentid !== undefined) envelope.intentid = intentid;
  checkAttributes(envelope);
  return envelope;
}

/**
 * An event is a fact, which each of its subscriptions applies once by the event's id. What is meant to
 * happen once is a command.
 *
 * @throws {@link InvalidOptionsError} for an event with an intent
 */
export function refuseIntent({ kind, type }: Message, intent: string | undefined): void {
  if (kind !== 'event' || intent === undefined) return;
  throw new InvalidOptionsError(`publish ${type}`, [
    'an event has no intent; give the intent to the command that causes it',
  ]);
}

/** The definition that made a message. */
export function definitionOf(message: Message): MessageDefinition {
  const definition = (message as { readonly [definitionKey]?: MessageDefinition })[definitionKey];
  if (definition === undefined) {
    throw new ValidationError(message.type, [
      {
        path: '',
        message: 'it was not made by a definition; call what command() or event() returned',
      },
    ]);
  }
  return definition;
}

function encodeBody(message: Message, limits: MessageLimits): string {
  const faults = jsonFaults(message.data, { maxDepth: limits.maxDepth }).map(({ path, fault }) => ({
    path: path.replace(/^\$\.?/, ''),
    message: `${fault}, which JSON would change`,
  }));
  if (faults.length > 0) throw new ValidationError(message.type, faults);
  const body = JSON.stringify(message.data) ?? 'null';
  const bytes = Buffer.byteLength(body);
  if (bytes > limits.maxBodyBytes) {
    throw new ValidationError(message.type, [
      {
        path: '',
        message: `it has ${bytes} bytes as JSON, at most ${limits.maxBodyBytes} are allowed`,
      },
    ]);
  }
  return body;
}

function checkAttributes(envelope: Envelope): void {
  if (ATTRIBUTES.every((name) => isAttribute(envelope[name]))) return;
  const faults = ATTRIBUTES.filter((name) => !isAttribute(envelope[name])).map((name) => ({
    path: name,
    message: `must be 1 to ${MAX_ATTRIBUTE_LENGTH} characters without control characters`,
  }));
  throw new ValidationError(envelope.type, faults);
}

/** Whether a text can be an attribute of an envelope. `undefined` can: the attribute is absent. */
export function isAttribute(value: string | undefined): boolean {
  return (
    value === undefined ||
    (value.length > 0 &&
      value.length <= MAX_ATTRIBUTE_LENGTH &&
      isWellFormed(value) &&
      !/\p{Cc}/u.test(value))
  );
}
