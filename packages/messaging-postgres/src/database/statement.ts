/** A row as the driver gives it. */
export type Row = Readonly<Record<string, unknown>>;

/** One statement with positional parameters, prepared under its name where there is a server. */
export interface Statement {
  /** Unique among the statements of a connection; with the schema in it, since schemas may share one. */
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Reads a whole number, which drivers give as number, string or bigint. */
export function integer(value: unknown): number {
  return typeof value === 'number' ? value : Number(value);
}

/** Reads a text; nothing is an empty one. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A list of numbers as an array of the database, which costs less than the driver's own way. */
export function arrayOf(values: readonly (number | boolean)[]): string {
  return `{${values.join(',')}}`;
}
