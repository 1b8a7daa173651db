import type { SuiteReport } from '../suite.ts';
import { number, range } from './numbers.ts';
import type { Table } from './table.ts';
import { isMet, type Target } from './target.ts';

/** Under what conditions it was measured. */
export interface Conditions {
  readonly node: string;
  readonly cpus: number;
}

const INTRODUCTION = `What a message costs, measured beside the same work written by hand and beside other libraries. This page
is written by \`npm run bench -- --write\`, which takes about twenty minutes; \`--only b1\`, \`b2\`, \`b3\`, \`b4\`, \`b6\` or \`b8\`
runs a part of it, \`--quick\` shows only that everything works.

**Only ratios count.** Everything that is compared is measured in one run, each contender in a process of its own, in
several rounds and in another order in each; ratios are formed within a round. Figures are medians over the rounds;
± is half the distance between the extremes, in parts of the median. Absolute figures are those of one machine, whose
database shares its processors with what is measured.`;

/** The page that documents the figures. */
export function page(reports: readonly SuiteReport[], { node, cpus }: Conditions): string {
  const targets = reports.flatMap((report) => report.targets);
  return [
    '# Performance',
    INTRODUCTION,
    `Measured with Node ${node} on ${cpus} virtual cores.`,
    '## Targets',
    grid(
      ['', 'target', 'reached', 'met'],
      targets.map((target) => [
        target.what,
        wanted(target),
        `${shown(target, target.reached.median)} ${range(target.reached.spread).trim()}`,
        isMet(target) ? 'yes' : 'no',
      ]),
    ),
    ...reports.flatMap(({ title, tables, bounds }) => [
      `## ${title}`,
      ...tables.flatMap(section),
      '**What bounds it.** '.concat(bounds[0] ?? ''),
      ...bounds.slice(1),
    ]),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function section({ title, columns, rows, notes }: Table): readonly string[] {
  return [
    `### ${title}`,
    grid(columns, rows),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join('\n')]),
  ];
}

function wanted({ atLeast, atMost, unit }: Target): string {
  const bound = atLeast === undefined ? '≤' : '≥';
  const value = atLeast ?? atMost ?? Number.NaN;
  return unit === 'bytes' ? `${bound} ${value} B` : `${bound} ${value}`;
}

function shown({ unit }: Target, value: number): string {
  return unit === 'bytes' ? `${value.toFixed(1)} B` : number(value);
}

/** A table whose columns line up in the source too. */
function grid(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [columns, ...rows].map((row) =>
    row.map((cell) => cell.replaceAll(/\s+/g, ' ').trim()),
  );
  const widths = columns.map((_, column) =>
    Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => align(cell, widths[column] ?? 0, column)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), `| ${rule.join(' | ')} |`, ...body.map(line)].join('\n');
}

function align(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
