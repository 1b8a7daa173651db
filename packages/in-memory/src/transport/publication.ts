import { PublishError, type PublishFailure } from '@tidings/core';

/** One call of `publish`, until every delivery of its messages is settled. */
export class Publication {
  readonly done: Promise<void>;
  readonly #failures: PublishFailure[] = [];
  #unsettled = 1;
  #resolve!: () => void;
  #reject!: (error: PublishError) => void;

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** One more delivery has to be settled. */
  expect(): void {
    this.#unsettled += 1;
  }

  /** A delivery was settled, or (once) all messages have been handed out. */
  settled(): void {
    this.#unsettled -= 1;
    if (this.#unsettled > 0) return;
    if (this.#failures.length === 0) this.#resolve();
    else this.#reject(new PublishError(this.#failures));
  }

  failed(failure: PublishFailure): void {
    if (!this.#failures.some(({ messageId }) => messageId === failure.messageId)) {
      this.#failures.push(failure);
    }
  }
}
