import type { AdvanceResult, Checkpoints, LeaseGrant, MessageLog, Position } from '@tidings/core';

import type { InMemoryLeases } from './in-memory-leases.ts';

/** Checkpoints by name, fenced by the leases of the same store. */
export class InMemoryCheckpoints implements Checkpoints {
  readonly #positions = new Map<string, Position>();
  readonly #leases: InMemoryLeases;
  readonly #log: MessageLog;

  constructor(leases: InMemoryLeases, log: MessageLog) {
    this.#leases = leases;
    this.#log = log;
  }

  async read(name: string): Promise<Position> {
    return this.#positions.get(name) ?? 0;
  }

  async advance(name: string, position: Position, lease: LeaseGrant): Promise<AdvanceResult> {
    const head = await this.#log.head();
    // From here on synchronous, so that nothing changes between the comparison and the write.
    if (!this.#leases.isCurrent(lease)) return 'fenced';
    if (position <= (this.#positions.get(name) ?? 0)) return 'behind';
    if (position > head) return 'ahead';
    this.#positions.set(name, position);
    return 'advanced';
  }
}
