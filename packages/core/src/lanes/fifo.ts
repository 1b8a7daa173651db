interface Node<T> {
  readonly value: T;
  next: Node<T> | undefined;
}

/** A queue whose every operation takes the same time however long it is; an array's `shift` does not. */
export class Fifo<T> {
  #first: Node<T> | undefined;
  #last: Node<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds at the end. */
  push(value: T): void {
    const node: Node<T> = { value, next: undefined };
    if (this.#last === undefined) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    this.#size += 1;
  }

  /** Adds at the front. */
  unshift(value: T): void {
    const node: Node<T> = { value, next: this.#first };
    this.#first = node;
    this.#last ??= node;
    this.#size += 1;
  }

  /** Takes from the front. */
  shift(): T | undefined {
    const node = this.#first;
    if (node === undefined) return undefined;
    this.#first = node.next;
    if (this.#first === undefined) this.#last = undefined;
    this.#size -= 1;
    return node.value;
  }

  clear(): void {
    this.#first = undefined;
    this.#last = undefined;
    this.#size = 0;
  }

  /** From the front. */
  *[Symbol.iterator](): Generator<T> {
    for (let node = this.#first; node !== undefined; node = node.next) yield node.value;
  }
}
