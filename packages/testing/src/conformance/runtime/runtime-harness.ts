import type { Adapter } from '@tidings/core';

import type { Harness } from '../row.ts';

/** What combinations of adapters differ in. */
export type RuntimeCapability =
  /** Several units of work can be open at once, so that several applications can work on the store. */
  'concurrentUnits';

/** One store, and whatever carries its messages, for one test. */
export interface RuntimeFixture {
  /**
   * The adapters for one more application on the store, as another process of the same service would
   * have them.
   */
  readonly adapters: () => readonly Adapter[];
  readonly dispose: () => Promise<void>;
}

/** How a combination of adapters lets itself be tested by {@link runtimeConformance}. */
export type RuntimeHarness = Harness<RuntimeFixture, RuntimeCapability>;
