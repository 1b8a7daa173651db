import { InMemoryUnit } from '@tidings/in-memory';
import { identifier } from '@tidings/inversify';
import { ContainerModule } from 'inversify';

import { AllocationHistory } from '../allocation/allocation-history.ts';
import { AllocationsView } from '../allocation/allocations-view.ts';
import { Products, WaitingLines } from '../allocation/ports.ts';
import { InMemoryAllocationHistory } from './in-memory-allocation-history.ts';
import { InMemoryAllocationsView } from './in-memory-allocations-view.ts';
import { InMemoryProducts } from './in-memory-products.ts';
import { InMemoryWaitingLines } from './in-memory-waiting-lines.ts';

/** Products and read model in memory; each message gets them with its unit of work. */
export function warehouseInMemory(): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(identifier(Products))
      .toResolvedValue((unit) => new InMemoryProducts(unit, 'Products'), [identifier(InMemoryUnit)])
      .inRequestScope();
    bind(identifier(WaitingLines))
      .toResolvedValue((unit) => new InMemoryWaitingLines(unit), [identifier(InMemoryUnit)])
      .inRequestScope();
    bind(identifier(AllocationsView))
      .toResolvedValue((unit) => new InMemoryAllocationsView(unit), [identifier(InMemoryUnit)])
      .inRequestScope();
    bind(identifier(AllocationHistory))
      .toResolvedValue((unit) => new InMemoryAllocationHistory(unit), [identifier(InMemoryUnit)])
      .inRequestScope();
  });
}
