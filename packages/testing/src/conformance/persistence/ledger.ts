import { Aggregate, event } from '@tidings/domain';
import type { EventDefinition, StandardSchemaV1 } from '@tidings/domain';

/** What a ledger is made of, apart from its id and version. */
export interface LedgerState {
  readonly entries: readonly unknown[];
}

const anything: StandardSchemaV1<{ readonly entry: unknown }> = {
  '~standard': {
    version: 1,
    vendor: 'tidings',
    validate: (value) => ({ value: value as { readonly entry: unknown } }),
  },
};

/** Recorded by {@link Ledger.enter}. */
export const Entered: EventDefinition<'conformance.Entered', typeof anything> = event(
  'conformance.Entered',
  anything,
);

/** The aggregate of the conformance suites: a list of whatever was entered. */
export class Ledger extends Aggregate {
  readonly entries: unknown[];

  constructor(id: string, version = 0, entries: readonly unknown[] = []) {
    super(id, version);
    this.entries = [...entries];
  }

  /** Enters something and records that. */
  enter(entry: unknown): this {
    this.entries.push(entry);
    this.record(Entered({ entry }));
    return this;
  }

  /** Enters something and records nothing. */
  keep(entry: unknown): this {
    this.entries.push(entry);
    return this;
  }

  /** Records an event without any change of the state. */
  mention(entry: unknown): this {
    this.record(Entered({ entry }));
    return this;
  }
}

/** How a store that keeps documents maps a ledger. */
export const ledgerMapping = {
  toState: (ledger: Ledger): LedgerState => ({ entries: ledger.entries }),
  fromState: (state: LedgerState, id: string, version: number): Ledger =>
    new Ledger(id, version, state.entries),
};
