import type { Logger } from '@tidings/core';

export type CollectedLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** One line that was logged. */
export interface CollectedLine {
  readonly level: CollectedLevel;
  readonly message: string;
  /** The facts of the line and of the loggers it was logged through. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * Keeps log lines instead of writing them, its children's included.
 *
 * @example
 * const logger = new CollectingLogger();
 * const app = createApp({ logger, … });
 * expect(logger.messages('error')).toEqual([]);
 */
export class CollectingLogger implements Logger {
  /** All lines so far, oldest first. Children add to the same list. */
  readonly lines: CollectedLine[];
  readonly #facts: Readonly<Record<string, unknown>>;

  constructor(parent?: CollectingLogger, facts: Readonly<Record<string, unknown>> = {}) {
    this.lines = parent?.lines ?? [];
    this.#facts = parent === undefined ? facts : { ...parent.#facts, ...facts };
  }

  readonly debug = (facts: object, message: string): void => this.#add('debug', facts, message);
  readonly info = (facts: object, message: string): void => this.#add('info', facts, message);
  readonly warn = (facts: object, message: string): void => this.#add('warn', facts, message);
  readonly error = (facts: object, message: string): void => this.#add('error', facts, message);
  readonly fatal = (facts: object, message: string): void => this.#add('fatal', facts, message);

  child(facts: Record<string, unknown>): CollectingLogger {
    return new CollectingLogger(this, facts);
  }

  /** The sentences that were logged at a level. */
  messages(level: CollectedLevel): readonly string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  #add(level: CollectedLevel, facts: object, message: string): void {
    this.lines.push({ level, message, facts: { ...this.#facts, ...facts } });
  }
}
