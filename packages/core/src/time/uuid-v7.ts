import { randomFillSync } from 'node:crypto';

import type { Clock } from '../ports/clock.ts';
import type { IdGenerator } from '../ports/id-generator.ts';

/** Random bytes are drawn for this many ids at once, because each draw is a system call. */
const IDS_PER_DRAW = 128;
const RANDOM_BYTES = 8;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * UUIDs of version 7 (RFC 9562 §5.7, method 1): 48 bits of milliseconds, 12 bits that count within
 * the millisecond, 62 random bits. Ids of one generator sort in the order they were made, also when
 * the clock goes back.
 */
export class UuidV7Generator implements IdGenerator {
  readonly #clock: Clock;
  readonly #random = new Uint8Array(RANDOM_BYTES * IDS_PER_DRAW);
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
    const high = Math.floor(this.#milliseconds / 0x1_0000_0000);
    const low = this.#milliseconds % 0x1_0000_0000;
    return (
      `${hex(high >>> 8)}${hex(high)}${hex(low >>> 24)}${hex(low >>> 16)}-${hex(low >>> 8)}${hex(low)}` +
      `-${hex(0x70 | (this.#counter >>> 8))}${hex(this.#counter)}` +
      `-${hex(0x80 | ((random[at] ?? 0) & 0x3f))}${hex(random[at + 1])}-` +
      `${hex(random[at + 2])}${hex(random[at + 3])}${hex(random[at + 4])}` +
      `${hex(random[at + 5])}${hex(random[at + 6])}${hex(random[at + 7])}`
    );
  }

  #tick(): void {
    const now = this.#clock.now();
    if (now > this.#milliseconds) {
      this.#milliseconds = now;
      this.#counter = 0;
    } else if (this.#counter === 0xfff) {
      this.#milliseconds += 1;
      this.#counter = 0;
    } else {
      this.#counter += 1;
    }
  }
}

function hex(byte = 0): string {
  return HEX[byte & 0xff] ?? '';
}
