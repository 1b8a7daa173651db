import { describeRows, type Harness } from '../row.ts';
import { runtimeDeliveryRows } from './delivery-rows.ts';
import { Apps, type RunningFixture } from './helpers.ts';
import { evolutionProjectionRows } from './evolution-projection-rows.ts';
import { evolutionRows } from './evolution-rows.ts';
import { idConflictRows } from './id-conflict-rows.ts';
import { intentRows } from './intent-rows.ts';
import { processRows } from './process-rows.ts';
import { processStoryRows } from './process-story-rows.ts';
import { relayRows } from './relay-rows.ts';
import { scheduleRows } from './schedule-rows.ts';
import { scheduledRows } from './scheduled-rows.ts';
import type { RuntimeCapability, RuntimeHarness } from './runtime-harness.ts';
import { unsupportedVersionRows } from './unsupported-version-rows.ts';

/**
 * Proves that applications keep their promises on a combination of adapters: the rows of the
 * catalogue that concern the relay and the consumers and not one port alone.
 *
 * @example
 * runtimeConformance('Postgres and in-memory transport', harness);
 */
export function runtimeConformance(name: string, harness: RuntimeHarness): void {
  const running: Harness<RunningFixture, RuntimeCapability> = {
    capabilities: harness.capabilities,
    async create() {
      const fixture = await harness.create();
      const apps = new Apps(fixture);
      const dispose = async (): Promise<void> => {
        await apps.stop();
        await fixture.dispose();
      };
      return { fixture, apps, dispose };
    },
  };
  describeRows(name, running, [
    ...relayRows,
    ...runtimeDeliveryRows,
    ...scheduledRows,
    ...scheduleRows,
    ...intentRows,
    ...idConflictRows,
    ...evolutionRows,
    ...evolutionProjectionRows,
    ...unsupportedVersionRows,
    ...processRows,
    ...processStoryRows,
  ]);
}
