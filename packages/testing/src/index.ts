export { CollectingLogger } from './collecting-logger.ts';
export type { CollectedLevel, CollectedLine } from './collecting-logger.ts';
export { eventually, neverWithin } from './eventually.ts';
export type { EventuallyOptions } from './eventually.ts';
export { SequentialIds } from './sequential-ids.ts';
export { VirtualClock } from './virtual-clock.ts';
export type { VirtualClockOptions } from './virtual-clock.ts';
