import { basename } from 'node:path';

import { parse } from 'csv-parse/sync';

import { StartError } from '../start-error.ts';
import { textLines } from './text-lines.ts';

/** One row of a file: its values by column, or why it is none. */
export interface CsvRow {
  /** The line of the file, from 1; the header is line 1. */
  readonly line: number;
  readonly values?: Readonly<Record<string, string>>;
  readonly fault?: string;
  readonly bytesRead: number;
}

/**
 * The rows of a CSV file of any size. Each line is a row of its own, so that what is wrong with one line,
 * a quote that is not closed say, spoils no other. Empty lines are left out; other columns than those
 * asked for are ignored.
 *
 * @throws StartError when the header lacks a column, or has it twice
 */
export async function* csvRows(
  path: string,
  columns: readonly string[],
): AsyncGenerator<CsvRow, void, undefined> {
  let header: readonly string[] | undefined;
  for await (const { number: line, text, fault, bytesRead } of textLines(path)) {
    if (text?.trim() === '') continue;
    const fields = text === undefined ? { fault: `the line ${fault}` } : split(text);
    if (header === undefined) {
      header = checkedHeader(path, columns, fields);
    } else {
      yield { line, bytesRead, ...rowOf(header, fields) };
    }
  }
  if (header === undefined) throw wrongHeader(path, columns, 'the file is empty');
}

type Fields = { readonly values: readonly string[] } | { readonly fault: string };

function split(text: string): Fields {
  try {
    const rows = parse(text, { bom: true, trim: true, relax_column_count: true });
    return { values: rows[0] ?? [] };
  } catch (error) {
    // The library's sentences end with the line and column of the text it got, which is one line.
    const sentence =
      error instanceof Error ? error.message.replace(/ (?:at|on) line 1\b.*/s, '') : '';
    return { fault: `the line is no CSV: ${sentence}` };
  }
}

function checkedHeader(
  path: string,
  columns: readonly string[],
  fields: Fields,
): readonly string[] {
  if ('fault' in fields) throw wrongHeader(path, columns, fields.fault);
  const names = fields.values.map((name) => name.toLowerCase());
  const wrong = columns.filter((column) => names.filter((name) => name === column).length !== 1);
  if (wrong.length === 0) return names;
  const missing = wrong.map((column) =>
    names.includes(column) ? `${column} is there twice` : `${column} is missing`,
  );
  throw wrongHeader(path, columns, missing.join(', '));
}

function wrongHeader(path: string, columns: readonly string[], why: string): StartError {
  return new StartError(
    `${basename(path)} must begin with a line that names the columns ${columns.join(',')}: ${why}.`,
  );
}

function rowOf(header: readonly string[], fields: Fields): Pick<CsvRow, 'values' | 'fault'> {
  if ('fault' in fields) return fields;
  const { values } = fields;
  if (values.length !== header.length) {
    return { fault: `the line has ${values.length} fields, the header has ${header.length}` };
  }
  return { values: Object.fromEntries(header.map((name, index) => [name, values[index] ?? ''])) };
}
