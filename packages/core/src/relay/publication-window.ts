import type { LoggedMessage, Position } from '../ports/message-log.ts';

/**
 * What is on its way to the transport, in log order: how many messages, and how far everything up to
 * some position has been taken.
 */
export class PublicationWindow {
  readonly #size: number;
  #chunks: { readonly last: Position; readonly count: number; taken: boolean }[] = [];
  #onTheWay = 0;
  #failed = false;
  #position: Position;

  constructor(size: number, position: Position) {
    this.#size = size;
    this.#position = position;
  }

  /** Everything up to here was taken by the transport. */
  get position(): Position {
    return this.#position;
  }

  get room(): number {
    return Math.max(0, this.#size - this.#onTheWay);
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Whether something was not taken, so that the window will not get further. */
  get hasFailed(): boolean {
    return this.#failed;
  }

  fail(): void {
    this.#failed = true;
  }

  /** Messages are on the way; call what it returns when the transport has taken them. */
  add(messages: readonly LoggedMessage[]): () => void {
    const chunk = {
      last: messages.at(-1)?.position ?? this.#position,
      count: messages.length,
      taken: false,
    };
    this.#chunks.push(chunk);
    this.#onTheWay += chunk.count;
    return () => {
      chunk.taken = true;
      this.#onTheWay -= chunk.count;
      while (this.#chunks[0]?.taken === true) {
        this.#position = this.#chunks[0].last;
        this.#chunks.shift();
      }
    };
  }
}
