import type { Envelope, UnreadableMessage } from '@tidings/core';
import type { Message } from 'amqplib';

import { NUMBER_ATTRIBUTES, OLD_PREFIX, PREFIX, TEXT_ATTRIBUTES } from './attributes.ts';
import { envelopeFrom, type DecodeContext } from './envelope-from.ts';
import { structuredEnvelope } from './structured.ts';
import { textHeaders } from './text-headers.ts';
import { UnreadableError } from './unreadable-error.ts';

/**
 * The envelope of a message, whoever sent it. An id and a JSON body are all that it needs to have; its
 * type defaults to the routing key. What cannot be an envelope is given back whole, with the reason.
 */
export function decode(message: Message, context: DecodeContext): Envelope | UnreadableMessage {
  try {
    return envelopeOf(message, context);
  } catch (error) {
    return {
      unreadable: true,
      // Whatever else goes wrong with it, it must not stay in its queue and come again for ever.
      reason: error instanceof UnreadableError ? error.reason : 'undecodable',
      bytes: message.content,
      headers: textHeaders(message),
    };
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function envelopeOf(message: Message, context: DecodeContext): Envelope {
  const { contentType, contentEncoding } = message.properties;
  const media = mediaType(contentType);
  checkEncoding(contentEncoding);
  const body = textOf(message.content);
  const attributes = attributesOf(message);
  if (media === 'application/cloudevents+json') {
    return structuredEnvelope(body, attributes, context);
  }
  return envelopeFrom(attributes, body, context);
}

/** Attributes by their names, from headers with either prefix, else from AMQP's own properties. */
function attributesOf({ properties, fields }: Message): Map<string, string> {
  const attributes = new Map<string, string>();
  const put = (name: string, value: unknown): void => {
    if (value === undefined || value === null || attributes.has(name)) return;
    const text = scalarText(value);
    if (text === undefined) throw new UnreadableError(`invalid-header:${name}`);
    attributes.set(name, text);
  };
  const headers = properties.headers ?? {};
  for (const name of [...TEXT_ATTRIBUTES, ...NUMBER_ATTRIBUTES]) {
    put(name, headers[PREFIX + name]);
    put(name, headers[OLD_PREFIX + name]);
  }
  put('id', properties.messageId);
  put('type', properties.type);
  put('correlationid', properties.correlationId);
  put('source', properties.appId);
  put('type', fields.routingKey);
  return attributes;
}

function scalarText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    default:
      return undefined;
  }
}

/** What is no text is none that is supported. */
function propertyText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function mediaType(contentType: unknown): string {
  if (contentType === undefined || contentType === '') return 'application/json';
  const [media = '', ...parameters] = propertyText(contentType).toLowerCase().split(';');
  const type = media.trim();
  const charset = parameters
    .map((parameter) => parameter.trim())
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  const isJson = type === 'application/json' || type.endsWith('+json');
  const isUtf8 = charset === undefined || ['utf-8', 'utf8', 'us-ascii'].includes(charset);
  if (!isJson || !isUtf8) throw new UnreadableError('unsupported-content-type');
  return type;
}

function checkEncoding(contentEncoding: unknown): void {
  if (contentEncoding === undefined || contentEncoding === '') return;
  const encoding = propertyText(contentEncoding).toLowerCase();
  // Several clients say here what belongs into the content type.
  if (!['identity', 'utf-8', 'utf8'].includes(encoding)) {
    throw new UnreadableError('unsupported-encoding');
  }
}

/** Never with replacement characters, which would hide that something was lost. */
function textOf(content: Buffer): string {
  let text: string;
  try {
    text = utf8.decode(content);
  } catch {
    throw new UnreadableError('invalid-encoding');
  }
  if (text.startsWith('\u{feff}')) throw new UnreadableError('invalid-encoding');
  return text;
}
