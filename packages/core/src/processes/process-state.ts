import type { StandardSchemaV1 } from '@tidings/domain';

import type { MessageLimits } from '../envelope/limits.ts';
import { validate } from '../envelope/validate.ts';
import { ProcessStateError, ProcessStateVersionError } from '../errors/process-errors.ts';
import type { ValidationFault } from '../errors/message-errors.ts';
import { jsonFaults } from '../json/json-faults.ts';
import type { ProcessInstance } from '../ports/processes.ts';

/** How a process keeps its state. */
export interface StateDefinition {
  readonly state: StandardSchemaV1;
  readonly version?: number;
  readonly migrations?: Readonly<Record<number, (state: unknown) => unknown>>;
}

/**
 * The state of an instance as its handlers get it: brought to the definition's version and validated.
 *
 * @throws {@link ProcessStateVersionError} when newer code has saved it
 * @throws {@link ProcessStateError} when it does not fit, or a migration threw
 */
export function readState(definition: StateDefinition, instance: ProcessInstance): unknown {
  const { process, key, state } = instance;
  const migrated = migrate(definition, instance, JSON.parse(state));
  return validate(
    definition.state,
    migrated,
    (faults) => new ProcessStateError(process, key, 'loaded', faults),
  );
}

/**
 * A state as it is stored, once it is known that it will be read again.
 *
 * @throws {@link ProcessStateError} with every fault
 */
export async function writeState(
  { state: schema }: StateDefinition,
  { process, key }: Pick<ProcessInstance, 'process' | 'key'>,
  state: unknown,
  { maxBodyBytes, maxDepth }: MessageLimits,
): Promise<string> {
  const fail = (faults: readonly ValidationFault[]): ProcessStateError =>
    new ProcessStateError(process, key, 'saved', faults);
  await validate(schema, state, fail);
  const faults = jsonFaults(state, { jsonb: true, maxDepth }).map(({ path, fault }) => ({
    path: path.replace(/^\$\.?/, ''),
    message: `${fault}, which JSON would change`,
  }));
  if (faults.length > 0) throw fail(faults);
  const text = JSON.stringify(state) ?? 'null';
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBodyBytes) {
    const message = `it has ${bytes} bytes as JSON, at most ${maxBodyBytes} are allowed`;
    throw fail([{ path: '', message }]);
  }
  return text;
}

function migrate(
  { version = 1, migrations = {} }: StateDefinition,
  { process, key, stateVersion }: ProcessInstance,
  stored: unknown,
): unknown {
  if (stateVersion > version) {
    throw new ProcessStateVersionError(process, key, stateVersion, version);
  }
  let state = stored;
  for (let from = stateVersion; from < version; from += 1) {
    const failed = (message: string, cause?: unknown): ProcessStateError =>
      new ProcessStateError(process, key, 'loaded', [{ path: '', message }], { cause });
    const migration = migrations[from];
    if (migration === undefined) throw failed(`its version ${from} has no migration`);
    try {
      state = migration(state);
    } catch (cause) {
      throw failed(`the migration from version ${from} threw`, cause);
    }
  }
  return state;
}
