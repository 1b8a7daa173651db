import type { Envelope, QueuedMessage, Reply } from '@tidings/core';

import type { Publication } from './publication.ts';

/** A message that waits for one subscription. */
export class InMemoryMessage implements QueuedMessage {
  readonly message: Envelope;
  readonly publication: Publication;
  readonly reply: ((reply: Reply) => Promise<void>) | undefined;
  redelivered: boolean;

  constructor(
    message: Envelope,
    redelivered: boolean,
    publication: Publication,
    reply?: (reply: Reply) => Promise<void>,
  ) {
    // Every attempt gets this very object; none of them may change it for the next.
    this.message = Object.freeze(message);
    this.redelivered = redelivered;
    this.publication = publication;
    this.reply = reply;
    publication.expect();
  }

  get key(): string | undefined {
    return this.message.partitionkey;
  }

  settled(): void {
    this.publication.settled();
  }

  /** It will not be delivered by this transport any more. */
  lost(): void {
    this.publication.failed({
      messageId: this.message.id,
      kind: 'unconfirmed',
      why: 'the transport was closed before it was delivered',
    });
    this.publication.settled();
  }
}
