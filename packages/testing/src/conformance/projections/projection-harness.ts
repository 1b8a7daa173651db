import { token, type Adapter, type Binding, type Token } from '@tidings/core';

import type { Harness } from '../row.ts';

/** What stores differ in, as far as projections are concerned. */
export type ProjectionCapability =
  /** Several units of work can be open at once, so that several applications can work on the store. */
  'concurrentUnits';

/** The writing side of a read model that counts, in the unit of work that applies an event. */
export interface TallyModel {
  /** Makes it, empty. */
  create(): Promise<void>;
  /** Counts the key once more. */
  count(key: string): Promise<void>;
}

export const TallyModel: Token<TallyModel> = token<TallyModel>('TallyModel');

/** One store for one test. */
export interface ProjectionFixture {
  /** The adapters for one more application on the store, as another process would have them. */
  readonly adapters: () => readonly Adapter[];
  /** Binds {@link TallyModel}. */
  readonly tally: Binding;
  /** What readers see of the tally; nothing where there is none yet. */
  readonly read: () => Promise<Readonly<Record<string, number>>>;
  readonly dispose: () => Promise<void>;
}

/** How a store lets itself be tested by `projectionRuntimeConformance`. */
export type ProjectionHarness = Harness<ProjectionFixture, ProjectionCapability>;
