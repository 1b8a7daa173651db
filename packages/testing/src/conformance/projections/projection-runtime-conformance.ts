import { describeRows, type Harness } from '../row.ts';
import { buildRows } from './build-rows.ts';
import { followingRows } from './following-rows.ts';
import { ProjectionApps, type RunningProjections } from './helpers.ts';
import { inlineRows } from './inline-rows.ts';
import { troubleRows } from './trouble-rows.ts';
import { waitingRows } from './waiting-rows.ts';
import type { ProjectionCapability, ProjectionHarness } from './projection-harness.ts';

/**
 * Proves that applications keep projections as promised on a store: P28–P30, as far as they concern the
 * runtime and not the store's ports alone.
 *
 * @example
 * projectionRuntimeConformance('projections on Postgres', harness);
 */
export function projectionRuntimeConformance(name: string, harness: ProjectionHarness): void {
  const running: Harness<RunningProjections, ProjectionCapability> = {
    capabilities: harness.capabilities,
    async create() {
      const fixture = await harness.create();
      const apps = new ProjectionApps(fixture);
      const dispose = async (): Promise<void> => {
        await apps.stop();
        await fixture.dispose();
      };
      return { fixture, apps, dispose };
    },
  };
  const rows = [...followingRows, ...waitingRows, ...buildRows, ...troubleRows, ...inlineRows];
  describeRows(name, running, rows);
}
