import { describe, expect, test } from 'vitest';

import { describeRows, reasonAgainst, runRow } from '../row.ts';
import { consumerRows } from './consumer-rows.ts';
import { deliveryRows } from './delivery-rows.ts';
import type { TransportRow } from './helpers.ts';
import { orderRows } from './order-rows.ts';
import { publishRows } from './publish-rows.ts';
import type { TransportHarness } from './transport-harness.ts';

const rows: readonly TransportRow[] = [
  ...deliveryRows,
  ...orderRows,
  ...consumerRows,
  ...publishRows,
];

export interface TransportConformanceOptions {
  /** How many times all rows are also run at the same time. Default 0: not at all. */
  readonly parallel?: number;
}

const STRESS_TIMEOUT_MS = 300_000;

/**
 * Proves that a transport keeps the contract of its port.
 *
 * @example
 * transportConformance('RabbitMQ', rabbitMqHarness, { parallel: 10 });
 */
export function transportConformance(
  name: string,
  harness: TransportHarness,
  { parallel = 0 }: TransportConformanceOptions = {},
): void {
  // oxlint-disable-next-line vitest/valid-title -- a string, says the type
  describe(name, () => {
    test('T0 what the transport declares is what the harness says', async () => {
      const { transport, dispose } = await harness.create();
      expect(transport.capabilities.ordered).toBe(harness.capabilities.ordered === true);
      expect(transport.capabilities.publishWindow).toBeGreaterThan(0);
      await dispose();
    });
    describeRows('transport', harness, rows);
    // oxlint-disable-next-line vitest/no-conditional-tests -- on request
    if (parallel > 0) describeStress(harness, parallel);
  });
}

/** Runs the rows many times at once: what holds alone must hold in a crowd. */
function describeStress(harness: TransportHarness, parallel: number): void {
  const applicable = rows.filter((row) => reasonAgainst(row, harness) === undefined);
  test(
    `all rows hold when they run ${parallel} times at once`,
    { timeout: STRESS_TIMEOUT_MS },
    async () => {
      const runs = Array.from({ length: parallel }, () =>
        applicable.map((row) => named(row, harness)),
      ).flat();
      const outcomes = await Promise.allSettled(runs);
      expect(outcomes.flatMap((outcome) => failureText(outcome))).toEqual([]);
    },
  );
}

async function named(row: TransportRow, harness: TransportHarness): Promise<void> {
  try {
    await runRow(row, harness);
  } catch (cause) {
    throw new Error(`${row.id} ${row.title}`, { cause });
  }
}

/** Which row failed and of what: one line each, for a hundred of them would be no help at length. */
function failureText(outcome: PromiseSettledResult<void>): readonly string[] {
  if (outcome.status === 'fulfilled') return [];
  const { message, cause } = outcome.reason as Error;
  return [`${message}: ${cause instanceof Error ? cause.message : String(cause)}`];
}
