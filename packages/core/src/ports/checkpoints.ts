import type { LeaseGrant } from './leases.ts';
import type { Position } from './message-log.ts';

/**
 * - `advanced`: the checkpoint is at the new position
 * - `behind`: it is there already or further; it did not move
 * - `fenced`: the lease has moved on; it did not move. This is looked at first
 * - `ahead`: the log does not reach that far; it did not move
 */
export type AdvanceResult = 'advanced' | 'behind' | 'fenced' | 'ahead';

/** How far each reader of the log has come. A checkpoint never moves back. */
export interface Checkpoints {
  /** 0 for a reader that never advanced. */
  read(name: string): Promise<Position>;
  advance(name: string, position: Position, lease: LeaseGrant): Promise<AdvanceResult>;
}
