import { randomFillSync } from 'node:crypto';

import type { Clock } from '../ports/clock.ts';
import type { IdGenerator } from '../ports/id-generator.ts';

/** Random bytes are drawn for this many ids at once, because each draw is a system call. */
const IDS_PER_DRAW = 128;
const RANDOM_BYTES = 8;
const DIGITS = Buffer.from('0123456789abcdef', 'latin1');
/** Where the two digits of each byte are in the text of an id. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

/**
 * UUIDs of version 7 (RFC 9562 §5.7, method 1): 48 bits of milliseconds, 12 bits that count within
 * the millisecond, 62 random bits. Ids of one generator sort in the order they were made, also when
 * the clock goes back.
 */
export class UuidV7Generator implements IdGenerator {
  readonly #clock: Clock;
  readonly #random = new Uint8Array(RANDOM_BYTES * IDS_PER_DRAW);
  /**
   * The text is written here and read as one flat string. Put together of parts it would be a tree of
   * strings, which takes 15 times the memory for as long as the id is kept.
   */
  readonly #text = Buffer.from('00000000-0000-7000-8000-000000000000', 'latin1');
  #offset = this.#random.length;
  #milliseconds = 0;
  #counter = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): string {
    this.#tick();
    if (this.#offset === this.#random.length) {
      randomFillSync(this.#random);
      this.#offset = 0;
    }
    const random = this.#random;
    const at = this.#offset;
    this.#offset += RANDOM_BYTES;
    this.#write(6, 0x70 | (this.#counter >>> 8));
    this.#write(7, this.#counter);
    this.#write(8, 0x80 | ((random[at] ?? 0) & 0x3f));
    for (let byte = 1; byte < RANDOM_BYTES; byte += 1) {
      this.#write(8 + byte, random[at + byte] ?? 0);
    }
    return this.#text.toString('latin1');
  }

  #tick(): void {
    const now = this.#clock.now();
    if (now > this.#milliseconds) {
      this.#setMilliseconds(now);
    } else if (this.#counter === 0xfff) {
      this.#setMilliseconds(this.#milliseconds + 1);
    } else {
      this.#counter += 1;
    }
  }

  #setMilliseconds(milliseconds: number): void {
    this.#milliseconds = milliseconds;
    this.#counter = 0;
    const high = Math.floor(milliseconds / 0x1_0000_0000);
    const low = milliseconds % 0x1_0000_0000;
    this.#write(0, high >>> 8);
    this.#write(1, high);
    this.#write(2, low >>> 24);
    this.#write(3, low >>> 16);
    this.#write(4, low >>> 8);
    this.#write(5, low);
  }

  /** Writes the digits of one byte of the id; of `value` only the lowest eight bits count. */
  #write(byte: number, value: number): void {
    const place = PLACES[byte] ?? 0;
    this.#text[place] = DIGITS[(value >>> 4) & 0xf] ?? 0;
    this.#text[place + 1] = DIGITS[value & 0xf] ?? 0;
  }
}
