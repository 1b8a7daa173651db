import type { AnyToken } from '../handlers/token.ts';
import type { Persistence } from '../ports/persistence.ts';
import type { Transport } from '../ports/transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { Logger } from '../ports/logger.ts';
import type { Binding } from './binding.ts';

/** The ports that an adapter gets from the application that it becomes part of. */
export interface AdapterContext {
  readonly service: string;
  readonly clock: Clock;
  readonly ids: IdGenerator;
  readonly logger: Logger;
}

/**
 * A technology that carries the application: it brings a store, a transport or both, and bindings that
 * handlers and repositories may depend on. Exactly one adapter of an application brings each.
 */
export interface Adapter<Provided extends AnyToken = AnyToken> {
  readonly name: string;
  readonly persistence?: (context: AdapterContext) => Persistence;
  readonly transport?: (context: AdapterContext) => Transport;
  readonly bindings?: readonly Binding<Provided>[];
}
