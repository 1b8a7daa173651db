import { UnstorableValueError } from '../errors/store-errors.ts';
import { isWellFormed } from './well-formed.ts';

/** Why a value would not come back from JSON as it was. */
export interface JsonFault {
  /** Where, as `$.lines[0].qty`. */
  readonly path: string;
  readonly fault: string;
}

export interface JsonFaultOptions {
  /** Also refuse what PostgreSQL's `jsonb` cannot hold: NUL characters and lone surrogates. Default false. */
  readonly jsonb?: boolean;
  /** How deep objects and arrays may be nested. Default 100. */
  readonly maxDepth?: number;
}

const MAX_FAULTS = 20;

/**
 * Every place (the first 20) where `value` would be changed by `JSON.parse(JSON.stringify(value))`:
 * dates, bigints, infinities, NaN, -0, functions, class instances, `__proto__` keys, holes, cycles.
 * A member that is `undefined` counts as absent, as JSON has it.
 */
export function jsonFaults(value: unknown, options: JsonFaultOptions = {}): readonly JsonFault[] {
  const faults: JsonFault[] = [];
  const maxDepth = options.maxDepth ?? 100;
  const visit = (current: unknown, path: string, depth: number): void => {
    if (faults.length >= MAX_FAULTS) return;
    const fault = scalarFault(current, options.jsonb ?? false);
    if (fault !== undefined) faults.push({ path, fault });
    if (typeof current !== 'object' || current === null || fault !== undefined) return;
    if (depth >= maxDepth) {
      faults.push({ path, fault: `is nested deeper than ${maxDepth} levels, or contains itself` });
      return;
    }
    if (Array.isArray(current)) {
      for (let index = 0; index < current.length && faults.length < MAX_FAULTS; index += 1) {
        const memberPath = `${path}[${index}]`;
        if (current[index] === undefined) faults.push({ path: memberPath, fault: 'is undefined' });
        visit(current[index], memberPath, depth + 1);
      }
      return;
    }
    for (const key of Object.keys(current)) {
      const memberPath = /^[A-Za-z_$][\w$]*$/.test(key)
        ? `${path}.${key}`
        : `${path}[${JSON.stringify(key)}]`;
      const keyFault =
        key === '__proto__'
          ? 'is a key that JavaScript objects treat specially'
          : textFault(key, options.jsonb ?? false);
      if (keyFault !== undefined) faults.push({ path: memberPath, fault: keyFault });
      visit((current as Record<string, unknown>)[key], memberPath, depth + 1);
    }
  };
  try {
    visit(value, '$', 0);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // More was allowed than there is room for.
    faults.push({ path: '$', fault: 'is nested deeper than the stack can hold' });
  }
  return faults;
}

/** @throws {@link UnstorableValueError} naming every place that JSON would change */
export function assertJson(what: string, value: unknown, options: JsonFaultOptions = {}): void {
  const faults = jsonFaults(value, options);
  if (faults.length > 0) throw new UnstorableValueError(what, faults);
}

function scalarFault(value: unknown, jsonb: boolean): string | undefined {
  switch (typeof value) {
    case 'string':
      return textFault(value, jsonb);
    case 'number':
      if (Number.isNaN(value)) return 'is NaN';
      if (!Number.isFinite(value)) return 'is infinite';
      return Object.is(value, -0) ? 'is -0' : undefined;
    case 'bigint':
      return 'is a bigint';
    case 'symbol':
      return 'is a symbol';
    case 'function':
      return 'is a function';
    case 'object':
      return objectFault(value);
    default:
      return undefined;
  }
}

function objectFault(value: object | null): string | undefined {
  if (value === null || Array.isArray(value)) return undefined;
  if (value instanceof Date) return 'is a Date (use its ISO string)';
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null
    ? undefined
    : `is an instance of ${(value.constructor as { name?: string } | undefined)?.name ?? 'a class'}`;
}

function textFault(text: string, jsonb: boolean): string | undefined {
  if (!jsonb) return undefined;
  if (text.includes('\0')) return 'contains a NUL character';
  return isWellFormed(text) ? undefined : 'contains half a surrogate pair';
}
