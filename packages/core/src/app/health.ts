import type { Persistence } from '../ports/persistence.ts';
import type { Transport } from '../ports/transport.ts';
import type { AppProjections } from '../projections/app-projections.ts';
import type { App, Health } from './app.ts';

export interface HealthParts {
  readonly state: App['state'];
  /** Whether it handles deliveries. */
  readonly consuming: boolean;
  readonly persistence: Persistence;
  readonly transport: Transport;
  readonly projections: AppProjections;
}

/** Asks the parts of an application whether they can do their work now. */
export async function healthOf(parts: HealthParts): Promise<Health> {
  const { state, consuming, projections } = parts;
  const [store, transport] = await Promise.all([
    answerOf(parts.persistence),
    answerOf(parts.transport),
  ]);
  const application = state === 'running' ? 'ok' : `the application is ${state}`;
  // Without its transport a process can still commit, and what it committed is delivered later.
  const canWork = !consuming || transport === 'ok';
  const readModels = store === 'ok' ? await projections.health() : undefined;
  const isReady = store === 'ok' && application === 'ok' && canWork && readModels?.isReady === true;
  return {
    status: isReady ? 'ready' : 'unready',
    checks: { application, store, transport, ...readModels?.checks },
  };
}

/** `ok`, or why it cannot be used now. */
async function answerOf(part: { ping(): Promise<void> }): Promise<string> {
  try {
    await part.ping();
    return 'ok';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
