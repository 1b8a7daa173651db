import { TidingsError } from '@tidings/domain';

import type { ValidationFault } from './message-errors.ts';

/** The state of a process does not fit its schema, as it was stored or as a handler returned it. */
export class ProcessStateError extends TidingsError {
  readonly faults: readonly ValidationFault[];

  constructor(
    process: string,
    key: string,
    when: 'loaded' | 'saved',
    faults: readonly ValidationFault[],
    options: { cause?: unknown } = {},
  ) {
    const advice =
      when === 'loaded'
        ? 'Give the state a new version and a migration, then replay the dead letter'
        : 'Correct the handler or the schema, then replay the dead letter';
    super(
      'TIDINGS_PROCESS_STATE',
      `The state of the process ${process} ${JSON.stringify(key)} cannot be ${when}: ${faults.map(({ path, message }) => `${path || 'state'}: ${message}`).join('; ')}. Nothing was saved. ${advice}.`,
      { ...options, details: { process, key, when, faults } },
    );
    this.faults = faults;
  }
}

/** The state of a process was saved by newer code than this. */
export class ProcessStateVersionError extends TidingsError {
  constructor(process: string, key: string, version: number, known: number) {
    super(
      'TIDINGS_PROCESS_STATE_VERSION',
      `The state of the process ${process} ${JSON.stringify(key)} has version ${version}, versions up to ${known} are known here. Deploy the code that knows it; what became a dead letter meanwhile can be replayed.`,
      { details: { process, key, version, known }, transient: true },
    );
  }
}

/** What a handler of a process returned cannot be done. */
export class ProcessStepError extends TidingsError {
  constructor(process: string, handler: string, faults: readonly string[]) {
    super(
      'TIDINGS_PROCESS_STEP',
      `What the process ${process} returned for ${handler} cannot be done: ${faults.join('; ')}. Nothing was saved; correct the handler, then replay the dead letter.`,
      { details: { process, handler, faults } },
    );
  }
}

/** An event is for an instance of a process that was never started, or is complete. */
export class ProcessNotFoundError extends TidingsError {
  constructor(process: string, key: string, type: string) {
    super(
      'TIDINGS_PROCESS_NOT_FOUND',
      `No instance of the process ${process} with the key ${JSON.stringify(key)} runs, and ${type} starts none. What starts it may come later; otherwise discard the dead letter.`,
      { details: { process, key, type }, transient: true },
    );
  }
}
