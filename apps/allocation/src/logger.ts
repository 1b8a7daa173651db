import { inspect } from 'node:util';

import { pino, type Logger } from 'pino';

/**
 * The service's log: lines of JSON on standard error, so that standard output stays for people and for
 * `--json`.
 */
export function createLogger(level: string): Logger {
  return pino(
    { level, errorKey: 'error', serializers: { error: errorFacts, err: errorFacts } },
    // Written at once: what is logged just before the end is what one looks for.
    pino.destination({ dest: 2, sync: true }),
  );
}

/** What is logged of an error. Not its own properties: drivers put queries and their values there. */
function errorFacts(error: unknown): unknown {
  if (!(error instanceof Error)) return inspect(error);
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause === undefined ? {} : { cause: errorFacts(cause) }) };
}
