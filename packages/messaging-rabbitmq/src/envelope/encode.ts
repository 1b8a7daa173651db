import type { Envelope } from '@tidings/core';
import type { Options } from 'amqplib';

import { BUCKET_HEADER, bucketOf } from '../topology/partitions.ts';
import { NUMBER_ATTRIBUTES, PREFIX, REPUBLISHED_HEADER, TEXT_ATTRIBUTES } from './attributes.ts';

/** The properties and headers that an envelope travels with; its body is the content. */
export function propertiesOf(envelope: Envelope, republished: boolean): Options.Publish {
  const headers: Record<string, string> = {
    [`${PREFIX}specversion`]: '1.0',
    [BUCKET_HEADER]: String(bucketOf(envelope)),
  };
  for (const name of TEXT_ATTRIBUTES) {
    const value = envelope[name];
    if (value !== undefined) headers[PREFIX + name] = value;
  }
  for (const name of NUMBER_ATTRIBUTES) {
    const value = envelope[name];
    if (value !== undefined) headers[PREFIX + name] = String(value);
  }
  if (republished) headers[REPUBLISHED_HEADER] = 'true';
  return {
    headers,
    persistent: true,
    contentType: 'application/json',
    messageId: envelope.id,
    type: envelope.type,
    correlationId: envelope.correlationid,
    appId: envelope.source,
    timestamp: Math.floor(Date.parse(envelope.time) / 1000),
    // A command must have somebody who takes it; an event need not.
    mandatory: envelope.kind === 'command',
  };
}
