import { inspect } from 'node:util';

import { TidingsError } from '@tidings/domain';

import type { Logger } from '../ports/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

const SEVERITY = { debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: 100 } as const;

export interface JsonLoggerOptions {
  /** The lowest level that is written. Default `info`. */
  readonly level?: LogLevel;
  /** Takes one line, without its end. Default: standard output. */
  readonly write?: (line: string) => void;
}

/**
 * The default logger: one line of JSON for each entry. Control characters are escaped by JSON, an
 * `error` fact becomes its name, code, message and stack. A pino logger fits in its place.
 */
export function jsonLogger(options: JsonLoggerOptions = {}): Logger {
  return make({}, SEVERITY[options.level ?? 'info'], options.write ?? writeToStandardOutput);
}

function make(
  bound: Readonly<Record<string, unknown>>,
  least: number,
  write: (line: string) => void,
): Logger {
  const method = (level: Exclude<LogLevel, 'silent'>) => {
    if (SEVERITY[level] < least) return () => {};
    return (facts: object, message: string): void => {
      write(line({ level, time: new Date().toISOString(), ...bound, ...facts, msg: message }));
    };
  };
  return {
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    fatal: method('fatal'),
    child: (facts) => make({ ...bound, ...facts }, least, write),
  };
}

function line(entry: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(entry, (_key, value: unknown) => {
      if (value instanceof Error) return errorFacts(value);
      return typeof value === 'bigint' ? value.toString() : value;
    });
  } catch {
    // A cycle, or a toJSON that throws: the entry must not be lost for that.
    return JSON.stringify({
      level: entry['level'],
      time: entry['time'],
      msg: entry['msg'],
      facts: inspect(entry),
    });
  }
}

/** What is logged of an error. Not its own properties: drivers put queries and their values there. */
function errorFacts(error: Error): Readonly<Record<string, unknown>> {
  return {
    name: error.name,
    ...(TidingsError.is(error) ? { code: error.code } : {}),
    message: error.message,
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  };
}

function writeToStandardOutput(text: string): void {
  process.stdout.write(`${text}\n`);
}
