import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Logger } from 'pino';

import { openWarehouse } from '../bootstrap.ts';
import { describeSummary } from '../import/import-summary.ts';
import { showProgress } from '../import/progress.ts';
import { runImport } from '../import/run-import.ts';
import type { Settings } from '../settings/settings.ts';
import { showOutcome } from './outcome.ts';
import { playWeek } from './restocking-week.ts';

/** The sample ships with the app, beside its sources and its build. */
const sample = (name: string): string =>
  fileURLToPath(new URL(`../../data/${name}`, import.meta.url));

/**
 * Imports the sample into a folder of its own and shows what came of it, then plays a week of
 * restocking in a few seconds. Leaves nothing behind.
 */
export async function demo(
  settings: Settings,
  logger: Logger,
  signal: AbortSignal,
): Promise<boolean> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tidings-demo-'));
  try {
    const files = { batches: sample('batches.csv'), orders: sample('orders.csv') };
    const servers = { databaseUrl: undefined, amqpUrl: undefined, smtpUrl: undefined };
    const own = { ...settings, dataDir, ...servers };
    await using warehouse = await openWarehouse(own, logger);
    const progress = showProgress(process.stderr);
    const summary = await runImport(warehouse.app, { files, name: 'demo', progress, signal });
    const outcome = await showOutcome(files, warehouse.queries);
    process.stdout.write(`\n${describeSummary(summary)}\n\n${outcome}\n`);
    return summary.complete && (await showWeek(logger, signal));
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

function showWeek(logger: Logger, signal: AbortSignal): Promise<boolean> {
  tell('\nA week of restocking, with a clock that skips the hours in which nothing happens');
  return playWeek(logger, tell, signal);
}
