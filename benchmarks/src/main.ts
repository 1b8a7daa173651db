import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

import { dispatch } from './dispatch/suite.ts';
import { benchOptions } from './options.ts';
import { relay } from './relay/suite.ts';
import { page } from './report/markdown.ts';
import { printed } from './report/table.ts';
import type { Suite, SuiteReport } from './suite.ts';
import { transaction } from './transaction/suite.ts';

const REPORTS = new URL('../../.reports/', import.meta.url);
const PAGE = new URL('../../docs/performance.md', import.meta.url);

const suites: readonly Suite[] = [dispatch, transaction, relay];
const options = benchOptions(
  process.argv.slice(2),
  suites.map(({ name }) => name),
);
const reports: Record<string, SuiteReport> = {};
for (const suite of suites.filter(({ name }) => options.only.includes(name))) {
  const report = await suite.run(options);
  reports[suite.name] = report;
  for (const table of report.tables) process.stdout.write(`${printed(table)}\n`);
}

const [cpu] = cpus();
const conditions = {
  date: new Date().toISOString(),
  node: process.version,
  cpus: `${cpus().length} × ${cpu?.model ?? 'unknown'}`,
  quick: options.quick,
};
await mkdir(REPORTS, { recursive: true });
const file = new URL('bench.json', REPORTS);
await writeFile(file, `${JSON.stringify({ ...conditions, ...reports }, undefined, 2)}\n`);
process.stdout.write(
  `\nNode ${conditions.node}, ${conditions.cpus}. Written to ${fileURLToPath(file)}.\n`,
);
if (options.write) {
  const where = { node: process.version.slice(1), cpus: cpus().length };
  await writeFile(PAGE, page(Object.values(reports), where));
  process.stdout.write(`Written to ${fileURLToPath(PAGE)}.\n`);
}
