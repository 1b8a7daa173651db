import type { Delivery, Envelope } from '@tidings/core';

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
      if (this.#ended) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  end(): void {
    this.#ended = true;
    this.#controller?.abort();
  }
}
