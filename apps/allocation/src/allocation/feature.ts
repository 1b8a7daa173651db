import { feature } from '@tidings/core';

import { allocationHistory } from './allocation-history.ts';
import { allocationsView } from './allocations-view.ts';
import { allocate, changeBatchQuantity, createBatch } from './handlers.ts';
import { notifyBuyers } from './notify-buyers.ts';

/** Allocating order lines to batches of stock. */
export const allocation = feature('allocation', [
  createBatch,
  allocate,
  changeBatchQuantity,
  allocationsView,
  allocationHistory,
  notifyBuyers,
]);
