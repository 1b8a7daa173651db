import {
  inMemory as inMemoryAdapter,
  inMemoryTransport as inMemoryTransportAdapter,
  type InMemoryOptions,
} from '@tidings/in-memory';
import type { ContainerModule } from 'inversify';

import { adapterModule } from './adapter-module.ts';

/** The module that keeps everything in memory: store and transport. */
export function inMemory(options?: InMemoryOptions): ContainerModule {
  return adapterModule(inMemoryAdapter(options));
}

/** The module of the transport in memory alone, for one process on a store that is not. */
export function inMemoryTransport(): ContainerModule {
  return adapterModule(inMemoryTransportAdapter());
}
