import { TidingsError } from '@tidings/domain';

import type { ReplyError } from '../ports/transport.ts';

export interface ValidationFault {
  /** Where in the data, as `lines[0].qty`; empty for the data as a whole. */
  readonly path: string;
  readonly message: string;
}

/** A message's data does not fit its schema; every fault is listed with its path. */
export class ValidationError extends TidingsError {
  readonly faults: readonly ValidationFault[];

  constructor(type: string, faults: readonly ValidationFault[]) {
    super(
      'TIDINGS_VALIDATION',
      `${type} is not valid: ${faults.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')}.`,
      { details: { type, faults } },
    );
    this.faults = faults;
  }
}

/** What a command's handler returned does not fit the command's result schema. */
export class InvalidResultError extends TidingsError {
  constructor(type: string, faults: readonly ValidationFault[]) {
    super(
      'TIDINGS_INVALID_RESULT',
      `The handler of ${type} returned a result that does not fit its schema: ${faults.map(({ path, message }) => `${path || 'result'}: ${message}`).join('; ')}. Nothing was saved; correct the handler or the schema.`,
      { details: { type, faults } },
    );
  }
}

/** No handler is known for a command. */
export class UnknownCommandError extends TidingsError {
  constructor(type: string, options: { cause?: unknown } = {}) {
    super(
      'TIDINGS_UNKNOWN_COMMAND',
      `No handler is known for the command "${type}". Add the feature that handles it to the application.`,
      { ...options, details: { type } },
    );
  }
}

/** The handler of a requested command failed, in another process perhaps; nothing took effect. */
export class RemoteCommandError extends TidingsError {
  /** What the handler threw, as far as it was told. */
  readonly remote: ReplyError;

  constructor(type: string, remote: ReplyError) {
    super('TIDINGS_REMOTE_COMMAND', `${type} failed where it is handled: ${remote.message}`, {
      details: { type, remote },
    });
    this.remote = remote;
  }
}

/** An envelope or its body cannot be understood. Kept as a dead letter with this reason. */
export class UndecodableMessageError extends TidingsError {
  /** One of the documented reasons, for example `unknown-type`. */
  readonly reason: string;
  /** Whether its version is newer than those known here: a newer build can understand it. */
  readonly isNewer: boolean;

  constructor(
    reason: string,
    explanation: string,
    { isNewer = false, ...options }: { cause?: unknown; isNewer?: boolean } = {},
  ) {
    super(
      'TIDINGS_UNDECODABLE_MESSAGE',
      `The message cannot be understood (${reason}): ${explanation}.`,
      {
        ...options,
        details: { reason },
      },
    );
    this.reason = reason;
    this.isNewer = isNewer;
  }
}

/** Attempts to handle a delivery ended without an outcome, because the process died in each. */
export class ProcessDiedError extends TidingsError {
  constructor(attempts: number) {
    super(
      'TIDINGS_PROCESS_DIED',
      `${attempts} attempts ended without an outcome: the process died in each. Find out what kills it before replaying.`,
      { details: { attempts } },
    );
  }
}

/** A message came with the id of another one, which was applied or parked before. */
export class MessageIdConflictError extends TidingsError {
  constructor(messageId: string, keptAs: string) {
    super(
      'TIDINGS_MESSAGE_ID_CONFLICT',
      `The id ${JSON.stringify(messageId)} was used before by a message with other content. The second one was not handled; it is kept as ${JSON.stringify(keptAs)}. Correct the sender: every message needs an id of its own.`,
      { details: { messageId, keptAs } },
    );
  }
}

/** The same intent was carried out before, with other content. */
export class IntentConflictError extends TidingsError {
  constructor(intentId: string) {
    super(
      'TIDINGS_INTENT_CONFLICT',
      `The intent ${JSON.stringify(intentId)} was carried out before with other content. Use a new intent id for other work.`,
      { details: { intentId } },
    );
  }
}
