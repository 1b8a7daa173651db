import { feature } from '@tidings/core';

import { allocationHistory } from './allocation-history.ts';
import { allocationsView } from './allocations-view.ts';
import { allocate, allocateWaiting, changeBatchQuantity, createBatch } from './handlers.ts';

/** Allocating order lines to batches of stock. */
export const allocation = feature('allocation', [
  createBatch,
  allocate,
  allocateWaiting,
  changeBatchQuantity,
  allocationsView,
  allocationHistory,
]);
