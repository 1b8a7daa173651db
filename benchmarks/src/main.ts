import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

import { broker } from './broker/suite.ts';
import { dispatch } from './dispatch/suite.ts';
import { benchOptions } from './options.ts';
import { relay } from './relay/suite.ts';
import { queue } from './queue/suite.ts';
import { page } from './report/markdown.ts';
import { printed } from './report/table.ts';
import type { Suite, SuiteReport } from './suite.ts';
import { sustained } from './sustained/suite.ts';
import { transaction } from './transaction/suite.ts';

const REPORTS = new URL('../../.reports/', import.meta.url);
const PAGE = new URL('../../docs/performance.md', import.meta.url);

const suites: readonly Suite[] = [dispatch, transaction, relay, broker, sustained, queue];
const options = benchOptions(
  process.argv.slice(2),
  suites.map(({ name }) => name),
);
const file = new URL('bench.json', REPORTS);
const reports: Record<string, SuiteReport> = options.write ? await lastReports() : {};
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
await writeFile(file, `${JSON.stringify({ ...conditions, ...reports }, undefined, 2)}\n`);
process.stdout.write(
  `\nNode ${conditions.node}, ${conditions.cpus}. Written to ${fileURLToPath(file)}.\n`,
);
if (options.write) {
  const where = { node: process.version.slice(1), cpus: cpus().length };
  const measured = suites.flatMap(({ name }) => reports[name] ?? []);
  await writeFile(PAGE, page(measured, where));
  process.stdout.write(`Written to ${fileURLToPath(PAGE)}.\n`);
}

/** What was measured before, by name of the benchmark. */
async function lastReports(): Promise<Record<string, SuiteReport>> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const last = JSON.parse(text) as Record<string, SuiteReport>;
  return Object.fromEntries(
    suites.flatMap(({ name }) => {
      const report = last[name];
      return report === undefined ? [] : [[name, report]];
    }),
  );
}
