import { bind, createApp, type App } from '@tidings/core';
import { inMemory, InMemoryStore, InMemoryUnit } from '@tidings/in-memory';
import { CollectingLogger } from '@tidings/testing';

import { AllocationHistory } from '../../src/allocation/allocation-history.ts';
import type { AllocationQueries } from '../../src/allocation/allocation-queries.ts';
import { AllocationsView } from '../../src/allocation/allocations-view.ts';
import { allocation } from '../../src/allocation/feature.ts';
import { Notifications, Products } from '../../src/allocation/ports.ts';
import { InMemoryAllocationHistory } from '../../src/in-memory/in-memory-allocation-history.ts';
import { InMemoryAllocationsView } from '../../src/in-memory/in-memory-allocations-view.ts';
import { InMemoryProducts } from '../../src/in-memory/in-memory-products.ts';
import { InMemoryQueries } from '../../src/in-memory/in-memory-queries.ts';

interface Mail {
  readonly to: string;
  readonly subject: string;
}

export interface InMemoryWarehouse {
  readonly app: App;
  readonly queries: AllocationQueries;
  readonly mails: readonly Mail[];
}

/** The whole application on fakes: nothing but the adapters differs from the real one. */
export async function inMemoryWarehouse(): Promise<InMemoryWarehouse> {
  const store = new InMemoryStore();
  const mails: Mail[] = [];
  const notifications: Notifications = {
    send: async (to, subject) => void mails.push({ to, subject }),
  };
  const unit = { unit: InMemoryUnit };
  const app = createApp({
    service: 'warehouse',
    features: [allocation],
    adapters: [inMemory({ store })],
    logger: new CollectingLogger(),
    provide: [
      bind(Products, unit, (scope) => new InMemoryProducts(scope.unit, 'Products')),
      bind(AllocationsView, unit, (scope) => new InMemoryAllocationsView(scope.unit)),
      bind(AllocationHistory, unit, (scope) => new InMemoryAllocationHistory(scope.unit)),
      bind(Notifications, {}, () => notifications, 'application'),
    ],
  });
  await app.start();
  return { app, queries: new InMemoryQueries(store), mails };
}
