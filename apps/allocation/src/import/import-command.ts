import type { Logger } from 'pino';

import { openWarehouse } from '../bootstrap.ts';
import type { Settings } from '../settings/settings.ts';
import { checkFiles } from './check-files.ts';
import type { ImportFiles } from './import-identity.ts';
import { describeSummary, type ImportSummary } from './import-summary.ts';
import { showProgress } from './progress.ts';
import { runImport } from './run-import.ts';

export interface ImportCommandOptions {
  readonly files: ImportFiles;
  readonly name: string;
  /** Whether the summary is written as JSON. */
  readonly json: boolean;
}

/** Imports files and writes the summary to standard output; everything else goes to standard error. */
export async function importCommand(
  { files, name, json }: ImportCommandOptions,
  settings: Settings,
  logger: Logger,
  signal: AbortSignal,
): Promise<ImportSummary> {
  await checkFiles(files);
  await using warehouse = await openWarehouse(settings, logger);
  const progress = showProgress(process.stderr);
  const summary = await runImport(warehouse.app, { files, name, progress, signal });
  const text = json ? JSON.stringify(summary, undefined, 2) : describeSummary(summary);
  process.stdout.write(`${text}\n`);
  return summary;
}
