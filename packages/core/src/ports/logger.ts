import { token, type Token } from '../handlers/token.ts';

/** Writes one log line: the facts, then the sentence. The shape of pino's methods. */
export type LogMethod = (facts: object, message: string) => void;

/**
 * Five levels and children, so that a pino logger fits. An error is the fact `error`: give pino
 * `errorKey: 'error'`, or it writes `{}`. Must never throw.
 */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;
  child(facts: Record<string, unknown>): Logger;
}

/** The application's Logger, for whoever depends on it. */
export const Logger: Token<Logger> = token<Logger>('Logger');
