import type { Feature } from '@tidings/core';

import { allocation } from './allocation/feature.ts';
import { restockingFeature, type RestockingOptions } from './restocking/feature.ts';

/** Everything that the app does; what it is composed of, and what its contract is about. */
export function features(restocking: RestockingOptions) {
  return [allocation, restockingFeature(restocking)] as const satisfies readonly Feature[];
}
