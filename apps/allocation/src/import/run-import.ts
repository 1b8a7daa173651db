import { stat } from 'node:fs/promises';
import { basename } from 'node:path';

import { WaitTimeoutError, type App } from '@tidings/core';

import { csvRows, type CsvRow } from './csv-rows.ts';
import { executeLine } from './execute-line.ts';
import { importIdentity, lineIntent, type ImportFiles } from './import-identity.ts';
import { ImportTally, type ImportSummary } from './import-summary.ts';
import { batchLines, commandOf, orderLines, type LineKind } from './line-commands.ts';
import type { Progress } from './progress.ts';
import { runInLanes } from './run-in-lanes.ts';

/** More than connections of a pool, so that none is ever idle. */
const CONCURRENCY = 16;
const READ_AHEAD = 2000;
/** How long it is waited for deliveries at a stretch, before looking whether somebody wants to stop. */
const SETTLE_MS = 1000;

export interface ImportOptions {
  readonly files: ImportFiles;
  /** Imports of the same files under other names are other imports. */
  readonly name: string;
  readonly progress: Progress;
  /** Stops after the lines that are under way. */
  readonly signal: AbortSignal;
}

/**
 * Runs files as commands, all batches before all orders. However often it is interrupted or killed and run
 * again, each line takes effect once: its intent is stored together with its effect.
 *
 * @throws StartError when a file's header is wrong
 */
export async function runImport(app: App, options: ImportOptions): Promise<ImportSummary> {
  const { files, name, progress, signal } = options;
  const tally = new ImportTally();
  const identity = await importIdentity(files, name);
  try {
    if (files.batches !== undefined) {
      await importFile(app, batchLines, files.batches, identity, tally, options);
    }
    if (files.orders !== undefined && !signal.aborted) {
      await importFile(app, orderLines, files.orders, identity, tally, options);
    }
    const deliveriesWaiting = await deliverAll(app, progress, signal);
    return tally.summary({ complete: !signal.aborted, deliveriesWaiting });
  } finally {
    progress.stop();
  }
}

async function importFile(
  app: App,
  kind: LineKind,
  path: string,
  identity: string,
  tally: ImportTally,
  { progress, signal }: ImportOptions,
): Promise<void> {
  const { size } = await stat(path);
  const file = basename(path);
  let lines = 0;
  progress.begin(path, size);

  const work = async ({ row, todo }: PreparedLine): Promise<void> => {
    const outcome =
      'fault' in todo
        ? { refusal: todo.fault }
        : await executeLine(app.bus, todo.command, lineIntent(identity, kind.name, todo.content));
    if ('refusal' in outcome) {
      tally.refuse(kind.name, { file, line: row.line, reason: outcome.refusal });
    } else {
      tally.count(kind.name, outcome.result, outcome.isRepeated);
    }
    lines += 1;
    progress.advance(row.bytesRead, lines);
  };
  await runInLanes(prepared(kind, csvRows(path, kind.columns)), {
    keyOf: ({ todo }) => ('fault' in todo ? undefined : todo.sku),
    work,
    concurrency: CONCURRENCY,
    readAhead: READ_AHEAD,
    signal,
  });
}

interface PreparedLine {
  readonly row: CsvRow;
  readonly todo: ReturnType<typeof commandOf>;
}

async function* prepared(
  kind: LineKind,
  rows: AsyncIterable<CsvRow>,
): AsyncGenerator<PreparedLine, void, undefined> {
  for await (const row of rows) yield { row, todo: commandOf(kind, row) };
}

/**
 * Waits until what the lines caused has been delivered: the view is right and mails are sent.
 *
 * @returns how many deliveries have failed and wait for another attempt
 */
async function deliverAll(app: App, progress: Progress, signal: AbortSignal): Promise<number> {
  if (signal.aborted) return 0;
  progress.delivering();
  while (!signal.aborted) {
    try {
      const { waiting } = await app.settled({ timeoutMs: SETTLE_MS, waitForRetries: false });
      return waiting;
    } catch (error) {
      if (!(error instanceof WaitTimeoutError)) throw error;
    }
  }
  return 0;
}
