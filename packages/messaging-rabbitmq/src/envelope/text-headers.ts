import type { Message } from 'amqplib';

/** Enough to find out where a message came from, and no danger to whoever stores or shows it. */
const MAX_HEADERS = 100;
const MAX_LENGTH = 1000;

/** Headers and properties of a message as text, for a message that has no envelope. */
export function textHeaders({ fields, properties }: Message): Record<string, string> {
  const { headers = {}, ...rest } = properties;
  const entries: [string, unknown][] = [
    ['exchange', fields.exchange],
    ['routingKey', fields.routingKey],
    ...Object.entries(rest),
    ...Object.entries(headers),
  ];
  return Object.fromEntries(
    entries
      .filter(([, value]) => value !== undefined)
      .slice(0, MAX_HEADERS)
      .map(([name, value]) => [name.slice(0, MAX_LENGTH), textOf(value).slice(0, MAX_LENGTH)]),
  );
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Nested deeper than can be told; that it was there is told.
    return Object.prototype.toString.call(value);
  }
}
