import type { CutOptions, Direction } from './behaviour.ts';

/** The longest sequence of bytes that can be waited for. */
export const LONGEST_PATTERN_BYTES = 256;

interface ArmedCut {
  readonly pattern: Buffer;
  readonly direction: Direction;
  readonly reset: boolean;
}

/** A cut whose bytes have come. */
export interface DueCut {
  /** How many bytes of the new data come before it. */
  readonly before: number;
  readonly reset: boolean;
}

/** Cuts that wait for their bytes, each for one connection, the first on which they come. */
export class ArmedCuts {
  readonly #cuts = new Set<ArmedCut>();

  add(pattern: string | Uint8Array, { direction = 'toClient', reset = false }: CutOptions): void {
    const bytes = Buffer.from(pattern as Uint8Array);
    if (bytes.length === 0 || bytes.length > LONGEST_PATTERN_BYTES) {
      throw new RangeError(
        `A pattern has 1 to ${LONGEST_PATTERN_BYTES} bytes, not ${bytes.length}`,
      );
    }
    this.#cuts.add({ pattern: bytes, direction, reset });
  }

  clear(): void {
    this.#cuts.clear();
  }

  /**
   * Takes the cut whose bytes end in `chunk`, if there is one.
   *
   * @param seen What came right before on the same connection; the bytes may begin there.
   */
  take(direction: Direction, seen: Buffer, chunk: Buffer): DueCut | undefined {
    for (const cut of this.#cuts) {
      if (cut.direction !== direction) continue;
      const from = Math.max(0, seen.length - cut.pattern.length + 1);
      const found = Buffer.concat([seen, chunk]).indexOf(cut.pattern, from);
      if (found === -1) continue;
      this.#cuts.delete(cut);
      return { before: Math.max(0, found - seen.length), reset: cut.reset };
    }
    return undefined;
  }
}
