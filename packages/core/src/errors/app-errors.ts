import { TidingsError } from '@tidings/domain';

/** The application cannot be composed; every fault found is in the message. */
export class CompositionError extends TidingsError {
  readonly faults: readonly string[];

  constructor(service: string, faults: readonly string[]) {
    super(
      'TIDINGS_INVALID_COMPOSITION',
      `The application "${service}" cannot be composed:\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
      { details: { service, faults } },
    );
    this.faults = faults;
  }
}

/** The application is not in a state for what was asked. */
export class AppStateError extends TidingsError {
  constructor(operation: string, state: string, advice: string) {
    super('TIDINGS_APP_STATE', `Cannot ${operation}: the application is ${state}. ${advice}`, {
      details: { operation, state },
    });
  }
}

/** Something waited for did not come about in time. */
export class WaitTimeoutError extends TidingsError {
  constructor(what: string, timeoutMs: number, details: Readonly<Record<string, unknown>> = {}) {
    super('TIDINGS_WAIT_TIMEOUT', `${what} did not come about within ${timeoutMs} ms.`, {
      details: { ...details, timeoutMs },
      transient: true,
    });
  }
}

/** A handler did not end within its time limit; its unit of work was rolled back. */
export class HandlerTimeoutError extends TidingsError {
  constructor(handler: string, timeoutMs: number) {
    super(
      'TIDINGS_HANDLER_TIMEOUT',
      `The handler of ${handler} did not end within ${timeoutMs} ms; nothing was saved. Heed context.signal in the handler, or raise its timeout.`,
      { details: { handler, timeoutMs }, transient: true },
    );
  }
}

/** Options were given that cannot be used; all faults are listed. */
export class InvalidOptionsError extends TidingsError {
  constructor(subject: string, faults: readonly string[]) {
    super(
      'TIDINGS_INVALID_OPTIONS',
      `The options of ${subject} are not valid: ${faults.join('; ')}.`,
      {
        details: { subject, faults },
      },
    );
  }
}
