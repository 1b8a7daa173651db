import { isAttribute } from '../envelope/encode-message.ts';
import type { AnyProcessManager } from './process-manager.ts';

/** A process as it may come from code that no type checker has seen. */
type Unchecked = Partial<Record<keyof AnyProcessManager, unknown>>;

const MISSING_POLICIES = new Set<unknown>([undefined, 'ignore', 'dead-letter']);

/** What is wrong with a process, one sentence for each fault. */
export function processFaults(process: AnyProcessManager): readonly string[] {
  const { startedBy = [], continuedBy = [], state, onMissing } = process as Unchecked;
  const events = [...listOf(startedBy), ...listOf(continuedBy)];
  const types = events.map((each) => (each as { readonly type?: unknown } | null)?.type);
  const known = types.filter((type): type is string => typeof type === 'string');
  return [
    ...(listOf(startedBy).length === 0 ? ['no event starts it'] : []),
    ...events.flatMap((each, index) => notAnEvent(each, index + 1)),
    ...known
      .filter((type, index) => known.indexOf(type) !== index)
      .map((type) => `it takes "${type}" twice; an event either starts it or continues it`),
    ...functionFaults('correlate', 'correlation', process.correlate, known),
    ...functionFaults('on', 'handler', process.on, known),
    ...timeoutFaults(process.timeouts),
    ...(isSchema(state)
      ? []
      : ['its "state" is no Standard Schema (it has no "~standard".validate)']),
    ...versionFaults(process),
    ...(MISSING_POLICIES.has(onMissing)
      ? []
      : ['its "onMissing" must be "ignore" or "dead-letter"']),
  ];
}

function notAnEvent(value: unknown, place: number): readonly string[] {
  const { kind, type } = (value ?? {}) as { readonly kind?: unknown; readonly type?: unknown };
  if (kind === 'event') return [];
  const what = typeof type === 'string' ? ` ("${type}")` : '';
  return [`what it takes has a thing that is no event at place ${place}${what}`];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Every type needs a function, and nothing else has one. */
function functionFaults(
  property: string,
  what: string,
  given: unknown,
  types: readonly string[],
): readonly string[] {
  const functions = (given ?? {}) as Readonly<Record<string, unknown>>;
  return [
    ...[...new Set(types)]
      .filter((type) => typeof functions[type] !== 'function')
      .map((type) => `its "${property}" has no ${what} of "${type}"`),
    ...Object.keys(functions)
      .filter((type) => !types.includes(type))
      .map((type) => `its "${property}" has a ${what} of "${type}", which it does not take`),
  ];
}

function timeoutFaults(given: unknown): readonly string[] {
  return Object.entries((given ?? {}) as Readonly<Record<string, unknown>>).flatMap(
    ([name, handler]) => [
      ...(typeof handler === 'function' ? [] : [`its timeout "${name}" has no handler`]),
      ...(isAttribute(name)
        ? []
        : ['the name of a timeout is empty, too long or has control characters']),
    ],
  );
}

function isSchema(value: unknown): boolean {
  const schema = value as { readonly '~standard'?: { readonly validate?: unknown } } | undefined;
  return typeof schema?.['~standard']?.validate === 'function';
}

function versionFaults({
  version = 1,
  migrations = {},
}: Pick<AnyProcessManager, 'version' | 'migrations'>): readonly string[] {
  if (!Number.isSafeInteger(version) || version < 1) {
    return ['the version of its state must be a whole number from 1'];
  }
  const from = Object.keys(migrations).map(Number);
  const valid = from.filter((one) => Number.isSafeInteger(one) && one >= 1);
  const missing: string[] = [];
  for (let each = Math.min(version, ...valid); each < version; each += 1) {
    if (migrations[each] === undefined) missing.push(`a migration from version ${each} is missing`);
  }
  return [
    ...from
      .filter((one) => !Number.isSafeInteger(one) || one < 1 || one >= version)
      .map((one) => `the migration from version ${one} leads nowhere, the version is ${version}`),
    ...missing,
  ];
}
