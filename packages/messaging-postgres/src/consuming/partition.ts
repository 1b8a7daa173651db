import type { PostgresMessage } from './postgres-message.ts';

/** How far a partition has come, as the table has it. */
export interface Progress {
  /** Messages up to here may have been tried. */
  readonly readTo: number;
  /** No message up to here is left. */
  readonly settledTo: number;
}

/** So many times the prefetch are kept at most where nearly all are of one key, which counts once. */
const MOST_OF_ONE_KEY = 10;

/** One partition of a subscription, as long as this process has it. */
export class Partition {
  readonly number: number;
  /** Reading goes on beyond this message. */
  #after: number;
  /** What is up to here was given to whoever had the partition before. */
  readonly #givenBefore: number;
  /** In the order of reading; those that were dealt with are among them until they are deleted. */
  readonly #kept = new Map<number, PostgresMessage>();
  readonly #waitingOfKey = new Map<string, number>();
  #keyless = 0;
  #size = 0;
  #mayHaveMore = true;
  /** Nothing more is read: it is given up as soon as what is in the hands of handlers has ended. */
  isLeaving = false;

  constructor(number: number, { readTo, settledTo }: Progress) {
    this.number = number;
    this.#after = settledTo;
    this.#givenBefore = readTo;
  }

  /** No message up to here is left. */
  get settledTo(): number {
    const [first] = this.#kept.keys();
    return first === undefined ? this.#after : first - 1;
  }

  /** What to tell whoever has it next. Holds while nothing of it is in the hands of a handler. */
  get progress(): Progress {
    const { settledTo } = this;
    let readTo = this.#givenBefore > this.#after ? this.#givenBefore : settledTo;
    for (const { seq, redelivered } of this.#kept.values()) {
      if (redelivered && seq > readTo) readTo = seq;
    }
    return { readTo, settledTo };
  }

  get after(): number {
    return this.#after;
  }

  get isEmpty(): boolean {
    return this.#kept.size === 0;
  }

  /** How many characters are kept. */
  get size(): number {
    return this.#size;
  }

  /** Something may have come. */
  lookAgain(): void {
    this.#mayHaveMore = true;
  }

  /** How many messages to read now; 0 where it is not worth it. */
  room(prefetch: number): number {
    if (!this.#mayHaveMore || this.isLeaving) return 0;
    const keys = this.#waitingOfKey.size + this.#keyless;
    const room = Math.min(prefetch - keys, prefetch * MOST_OF_ONE_KEY - this.#kept.size);
    return room >= Math.ceil(prefetch / 2) ? room : 0;
  }

  /** Reading begins: what comes from now on is not sure to be seen by it. */
  beginReading(): void {
    this.#mayHaveMore = false;
  }

  wasGivenBefore(seq: number): boolean {
    return seq <= this.#givenBefore;
  }

  /** A message was read. */
  keep(message: PostgresMessage): void {
    this.#after = message.seq;
    this.#kept.set(message.seq, message);
    const { key, size } = message;
    this.#size += size;
    if (key === undefined) this.#keyless += 1;
    else this.#waitingOfKey.set(key, (this.#waitingOfKey.get(key) ?? 0) + 1);
  }

  /** A message was dealt with, and makes room; it is not deleted yet. */
  settled({ key, size }: PostgresMessage): void {
    this.#size -= size;
    if (key === undefined) {
      this.#keyless -= 1;
      return;
    }
    const waiting = (this.#waitingOfKey.get(key) ?? 1) - 1;
    if (waiting === 0) this.#waitingOfKey.delete(key);
    else this.#waitingOfKey.set(key, waiting);
  }

  /** A message is known to be deleted. */
  deleted({ seq }: PostgresMessage): void {
    this.#kept.delete(seq);
  }
}
