import { DeliveryEndedError } from '../errors/transport-errors.ts';
import type { Delivery, Reply } from '../ports/transport.ts';
import type { LaneItem } from './keyed-lanes.ts';

/** A message that waits for one subscription, as the transport keeps it. */
export interface QueuedMessage {
  readonly message: Delivery['message'];
  /** Only one message of a key is under way at a time; without a key it waits for none. */
  readonly key: string | undefined;
  redelivered: boolean;
  readonly givenUp?: string | undefined;
  readonly reply?: ((reply: Reply) => Promise<void>) | undefined;
  /** Takes it off the queue for good. */
  settled(): void;
}

/** A delivery in the hands of a consumer. */
export interface Underway<Item extends QueuedMessage> {
  readonly taken: LaneItem<Item>;
  readonly delivery: QueuedDelivery;
  /** What comes of it counts for nothing: the transport delivers it anew. */
  abandoned: boolean;
}

/** One reason for all: to make one, with its stack, would cost more than all the rest of a delivery. */
const ENDED = new DeliveryEndedError();

/** One attempt at a delivery. Most handlers never look at the signal, so it is made on demand. */
export class QueuedDelivery implements Delivery {
  readonly message: Delivery['message'];
  readonly redelivered: boolean;
  readonly givenUp: string | undefined;
  readonly reply: ((reply: Reply) => Promise<void>) | undefined;
  #controller: AbortController | undefined;
  #ended = false;

  constructor({ message, redelivered, givenUp, reply }: QueuedMessage) {
    this.message = message;
    this.redelivered = redelivered;
    this.givenUp = givenUp;
    this.reply = reply;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#ended) this.#controller.abort(ENDED);
    }
    return this.#controller.signal;
  }

  end(): void {
    this.#ended = true;
    this.#controller?.abort(ENDED);
  }
}
