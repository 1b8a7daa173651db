import { TidingsError } from '@tidings/domain';

/** A checkpoint is further than the log goes, as after a restore of only one of them. */
export class CheckpointAheadError extends TidingsError {
  constructor(checkpoint: string, position: number) {
    super(
      'TIDINGS_CHECKPOINT_AHEAD',
      `The checkpoint "${checkpoint}" would come to position ${position}, beyond the end of the log. The log has lost messages, as after a restore: restore log and checkpoints together.`,
      { details: { checkpoint, position } },
    );
  }
}

/** A repository gave no changes for an aggregate that recorded events. */
export class MissingChangesError extends TidingsError {
  constructor(aggregate: string) {
    super(
      'TIDINGS_MISSING_CHANGES',
      `The repository of ${aggregate} gave no changes for an aggregate that recorded events: its version would not move. Write at least the version.`,
      { details: { aggregate } },
    );
  }
}

/** An aggregate was saved by somebody else since it was loaded. Load it again and repeat the work. */
export class ConcurrencyError extends TidingsError {
  constructor(
    what: string,
    details: Readonly<Record<string, unknown>> = {},
    options: { cause?: unknown } = {},
  ) {
    super(
      'TIDINGS_CONCURRENCY',
      `${what} was changed by somebody else since it was loaded. Load it again and repeat the work.`,
      { ...options, details, transient: true },
    );
  }
}

/** The unit of work has ended: whoever still uses it holds on to it for too long. */
export class UnitOfWorkEndedError extends TidingsError {
  constructor(operation: string, state: string) {
    super(
      'TIDINGS_UNIT_OF_WORK_ENDED',
      `Cannot ${operation}: the unit of work is ${state}. Use it only until its handler returns, and await everything started with it.`,
      { details: { operation, state } },
    );
  }
}

/** The store did not commit, and nothing was saved. */
export class CommitFailedError extends TidingsError {
  constructor(why: string, options: { cause?: unknown; transient?: boolean } = {}) {
    super(
      'TIDINGS_COMMIT_FAILED',
      `The unit of work was not committed: ${why}. Nothing was saved.`,
      options,
    );
  }
}

/** The connection was lost while the store committed, and the outcome could not be found out. */
export class CommitUnknownError extends TidingsError {
  constructor(options: { cause?: unknown } = {}) {
    super(
      'TIDINGS_COMMIT_UNKNOWN',
      'The connection was lost during the commit and its outcome could not be found out. Look for its effect, or repeat the work under the same intent id.',
      options,
    );
  }
}

/** The store cannot be reached, or refuses work for now. */
export class PersistenceUnavailableError extends TidingsError {
  constructor(why: string, options: { cause?: unknown } = {}) {
    super(
      'TIDINGS_PERSISTENCE_UNAVAILABLE',
      `The store cannot be used: ${why}. Check that it runs and accepts connections.`,
      { ...options, transient: true },
    );
  }
}

/** Another delivery of the same key was being applied for longer than the store waits for it. */
export class KeyBusyError extends TidingsError {
  constructor(subscription: string) {
    super(
      'TIDINGS_KEY_BUSY',
      `Another delivery of the same key of "${subscription}" is being handled, for longer than the store waits. This one is tried again. Deliveries of one key are handled one at a time: make the handler faster, or the key finer.`,
      { details: { subscription }, transient: true },
    );
  }
}

/** A lease has moved on to somebody else; what was to be written under it was refused. */
export class LeaseLostError extends TidingsError {
  constructor(name: string, epoch: number) {
    super(
      'TIDINGS_LEASE_LOST',
      `The lease "${name}" (epoch ${epoch}) has moved on to another process; nothing was written under it.`,
      { details: { name, epoch }, transient: true },
    );
  }
}

/** A repository has no aggregate with that id. */
export class AggregateNotFoundError extends TidingsError {
  constructor(repository: string, id: string) {
    super('TIDINGS_AGGREGATE_NOT_FOUND', `${repository} has no aggregate ${JSON.stringify(id)}.`, {
      details: { repository, id },
    });
  }
}

/** A value cannot be stored without changing it. */
export class UnstorableValueError extends TidingsError {
  constructor(what: string, faults: readonly { readonly path: string; readonly fault: string }[]) {
    super(
      'TIDINGS_UNSTORABLE_VALUE',
      `${what} cannot be stored as it is: ${faults.map(({ path, fault }) => `${path} ${fault}`).join('; ')}. Convert these values first.`,
      { details: { faults } },
    );
  }
}
