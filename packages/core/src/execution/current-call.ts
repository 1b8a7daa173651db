import { AsyncLocalStorage } from 'node:async_hooks';

import type { HandlerContext } from '../handlers/context.ts';
import type { UnitOfWork } from '../ports/unit-of-work.ts';

/** What is being handled where the code runs. */
export interface CurrentCall {
  /** The handler's name, for error messages. */
  readonly handler: string;
  readonly unit: UnitOfWork;
  /** Absent in a projection, which causes nothing. */
  readonly context?: HandlerContext;
}

const storage = new AsyncLocalStorage<CurrentCall>();

/**
 * The call that the running code is part of, if any. Stores use it to notice a query that escapes
 * its unit of work; the bus uses it to pass on the correlation.
 */
export function currentCall(): CurrentCall | undefined {
  return storage.getStore();
}

/** Runs `work` as part of a call. */
export function runInCall<T>(call: CurrentCall, work: () => T): T {
  return storage.run(call, work);
}
