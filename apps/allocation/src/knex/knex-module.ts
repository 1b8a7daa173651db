import { identifier } from '@tidings/inversify';
import { KnexTransaction, KnexUnit } from '@tidings/persistence-knex';
import { ContainerModule } from 'inversify';

import { AllocationHistory } from '../allocation/allocation-history.ts';
import { AllocationsView } from '../allocation/allocations-view.ts';
import { Products, WaitingLines } from '../allocation/ports.ts';
import { KnexAllocationHistory } from './knex-allocation-history.ts';
import { KnexAllocationsView } from './knex-allocations-view.ts';
import { KnexProducts } from './knex-products.ts';
import { KnexWaitingLines } from './knex-waiting-lines.ts';

/** Products and read model in the app's own tables; each message gets them with its transaction. */
export function warehouseTables(): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(identifier(Products))
      .toResolvedValue((unit) => new KnexProducts(unit), [identifier(KnexUnit)])
      .inRequestScope();
    bind(identifier(WaitingLines))
      .toResolvedValue((db) => new KnexWaitingLines(db), [identifier(KnexTransaction)])
      .inRequestScope();
    bind(identifier(AllocationsView))
      .toResolvedValue((db) => new KnexAllocationsView(db), [identifier(KnexTransaction)])
      .inRequestScope();
    bind(identifier(AllocationHistory))
      .toResolvedValue((db) => new KnexAllocationHistory(db), [identifier(KnexTransaction)])
      .inRequestScope();
  });
}
