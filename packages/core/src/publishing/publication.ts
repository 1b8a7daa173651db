import { PublishError, type PublishFailure } from '../errors/transport-errors.ts';

/**
 * One call of `publish`. It succeeds when all its messages are confirmed. As soon as one is known not to
 * have been taken, all that are not confirmed count as not taken.
 */
export class Publication {
  readonly done: Promise<void>;
  readonly #open = new Set<string>();
  readonly #refused: PublishFailure[] = [];
  #resolve!: () => void;
  #reject!: (error: PublishError) => void;
  #hasEnded = false;

  constructor(messageIds: readonly string[]) {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    for (const id of messageIds) this.#open.add(id);
    this.#endWhenComplete();
  }

  /** Whether nobody is interested any more in what becomes of its messages. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  confirmed(messageId: string): void {
    this.#open.delete(messageId);
    this.#endWhenComplete();
  }

  /** The message can never be taken; the others can. */
  refused(failure: PublishFailure): void {
    this.#open.delete(failure.messageId);
    this.#refused.push(failure);
    this.#endWhenComplete();
  }

  /** A message was not taken now: the call ends. */
  failed(why: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const unconfirmed = [...this.#open].map((messageId): PublishFailure => ({
      messageId,
      kind: 'unconfirmed',
      why,
    }));
    this.#reject(new PublishError([...this.#refused, ...unconfirmed]));
  }

  #endWhenComplete(): void {
    if (this.#hasEnded || this.#open.size > 0) return;
    this.#hasEnded = true;
    if (this.#refused.length === 0) this.#resolve();
    else this.#reject(new PublishError(this.#refused));
  }
}
