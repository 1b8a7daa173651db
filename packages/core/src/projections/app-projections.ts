import type { Composition } from '../app/compose.ts';
import type { Receipts } from '../bus/receipts.ts';
import type { RunnableProjection } from '../composition/runnable-projection.ts';
import type { DeliveryRecord } from '../consumer/outcome-recorder.ts';
import type { RunningCalls } from '../execution/running-calls.ts';
import { InlineProjections } from './inline-projections.ts';
import { ProjectionOffice } from './projection-office.ts';
import { ProjectionRuntime } from './projection-runtime.ts';
import type { ProjectionStatus } from './projection-status.ts';
import { unsettledProjections, type UnsettledProjections } from './unsettled.ts';

export interface AppProjectionsParts extends Composition {
  readonly running: RunningCalls;
  readonly receipts: Receipts;
  readonly assertRunning: (operation: string) => void;
  readonly onSettled: (record: DeliveryRecord) => void;
}

/** Whether an application can do its work as far as projections are concerned, and what is wrong with each. */
export interface ProjectionHealth {
  readonly isReady: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

/** Everything about the projections of one application. */
export class AppProjections {
  readonly inline: InlineProjections;
  readonly runtime: ProjectionRuntime;
  readonly office: ProjectionOffice;
  readonly #parts: AppProjectionsParts;
  readonly #registered: readonly RunnableProjection[];

  constructor(parts: AppProjectionsParts) {
    const { registry, persistence, onSettled } = parts;
    const registered = [...registry.projections.values()];
    const common = { ...parts, definitions: registry.definitions, registered };
    this.#parts = parts;
    this.#registered = registered;
    this.inline = new InlineProjections(common);
    this.runtime = new ProjectionRuntime(
      {
        ...common,
        projections: persistence.projections,
        onApplied: (subscription, events) => {
          for (const { type, messageId } of events) {
            onSettled({ subscription, type, messageId, outcome: 'handled' });
          }
        },
        onFailed: (subscription, { envelope: { type, id: messageId } }, error) =>
          onSettled({ subscription, type, messageId, outcome: 'failed', error }),
      },
      parts.projections,
    );
    this.office = new ProjectionOffice({ ...common, onDecided: () => this.runtime.decided() });
  }

  /** What is left to do. */
  unsettled(): Promise<UnsettledProjections> {
    return unsettledProjections(this.#parts.persistence, this.#registered);
  }

  /** For a store that answers. */
  async health(): Promise<ProjectionHealth> {
    const statuses = await this.office.list();
    return {
      isReady: statuses.every((status) => unreadiness(status) === undefined),
      checks: Object.fromEntries(
        statuses.map((status) => [`projection ${status.name}`, checkOf(status)]),
      ),
    };
  }
}

/** Why an application cannot do its work yet. One whose projection is blocked can: it shows older things. */
function unreadiness({ active, mode, version }: ProjectionStatus): string | undefined {
  if (active === undefined) return 'its first build is not done: there is nothing to read yet';
  if (mode === 'inline' && active.version !== version) {
    return `version ${active.version} is active, so its events cannot be stored by version ${version}`;
  }
  return undefined;
}

function checkOf(status: ProjectionStatus): string {
  const unready = unreadiness(status);
  if (unready !== undefined) return unready;
  const stuck = [status.active, status.building].find((one) => one?.state === 'blocked');
  const { failure, generation } = stuck ?? {};
  return failure === undefined
    ? 'ok'
    : `generation ${generation} is blocked at position ${failure.position} (${failure.reason})`;
}
