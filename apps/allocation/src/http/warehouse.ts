import type { App } from '@tidings/core';

import type { AllocationQueries } from '../allocation/allocation-queries.ts';

/** What the HTTP API works with. */
export interface Warehouse {
  readonly app: App;
  readonly queries: AllocationQueries;
}
