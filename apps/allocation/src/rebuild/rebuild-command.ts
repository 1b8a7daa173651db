import type { ProjectionStatus } from '@tidings/core';
import type { Logger } from 'pino';

import { openWarehouse } from '../bootstrap.ts';
import type { Settings } from '../settings/settings.ts';
import { StartError } from '../start-error.ts';
import { showBuild } from './build-display.ts';

/**
 * Builds a read model anew, while the service goes on, and shows how far that has come. Interrupted, the
 * build goes on where it was with whichever process of the service runs.
 *
 * @returns whether it is done
 * @throws StartError when there is no such read model, or its build is blocked
 */
export async function rebuildCommand(
  name: string,
  settings: Settings,
  logger: Logger,
  signal: AbortSignal,
): Promise<boolean> {
  await using warehouse = await openWarehouse(settings, logger);
  const { projections } = warehouse.app;
  const known = await projections.list();
  if (!known.some((status) => status.name === name)) {
    const names = known.map((status) => status.name).join(', ');
    throw new StartError(`There is no read model "${name}". There are: ${names}.`);
  }
  await projections.rebuild(name);
  const display = showBuild(process.stderr);
  const status = await projections
    .follow(name, (now) => display.show(now), { signal })
    .finally(() => display.stop());
  if (status.building !== undefined && !signal.aborted) throw stuck(status);
  const done = status.building === undefined;
  process.stdout.write(`${done ? 'Readers see the new build' : 'The build goes on'} of ${name}.\n`);
  return done;
}

function stuck({ name, building }: ProjectionStatus): StartError {
  const { state, failure } = building ?? {};
  const why = failure === undefined ? '' : ` at position ${failure.position}: ${failure.error}`;
  return new StartError(`The build of ${name} is ${state}${why}`);
}
