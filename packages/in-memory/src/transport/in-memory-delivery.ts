import { DeliveryEndedError, type Delivery, type Envelope } from '@tidings/core';

/** One reason for all: to make one, with its stack, would cost more than all the rest of a delivery. */
const ENDED = new DeliveryEndedError();

/** One attempt at a delivery. Most handlers never look at the signal, so it is made on demand. */
export class InMemoryDelivery implements Delivery {
  readonly message: Envelope;
  readonly redelivered: boolean;
  #controller: AbortController | undefined;
  #ended = false;

  constructor(message: Envelope, redelivered: boolean) {
    this.message = message;
    this.redelivered = redelivered;
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
