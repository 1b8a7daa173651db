import type { Envelope } from '@tidings/core';

/** Names one message of one subscription in a map. Neither part can contain the separator. */
export function deliveryKey(subscription: string, messageId: string): string {
  return `${subscription}\n${messageId}`;
}

/** The key in which a delivery waits: its partition key, or one of its own. */
export function holdingKey(envelope: Envelope): string {
  return envelope.partitionkey ?? envelope.id;
}
