export { eventually, neverWithin } from './eventually.ts';
export type { EventuallyOptions } from './eventually.ts';
export { VirtualClock } from './virtual-clock.ts';
export type { VirtualClockOptions } from './virtual-clock.ts';
