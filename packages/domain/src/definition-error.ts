import { TidingsError } from './tidings-error.ts';

/** A message, handler or feature was defined wrongly; all faults found are in the message. */
export class DefinitionError extends TidingsError {
  constructor(subject: string, faults: readonly string[]) {
    super(
      'TIDINGS_INVALID_DEFINITION',
      `Cannot define ${subject}: ${faults.join('; ')}. Correct the definition.`,
      { details: { subject, faults } },
    );
  }
}
