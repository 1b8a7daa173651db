import { inspect } from 'node:util';

/** Dead letters keep the beginning of an error's text; the end of a long one is rarely of use. */
const MAX_LENGTH = 4000;

/** What is kept of an error with a delivery: name, message, and the causes behind it. Never a stack. */
export function errorText(error: unknown): string {
  const texts: string[] = [];
  for (let current: unknown = error, depth = 0; current !== undefined && depth < 5; depth += 1) {
    texts.push(current instanceof Error ? `${current.name}: ${current.message}` : inspect(current));
    current = current instanceof Error ? current.cause : undefined;
  }
  const text = texts.join('; caused by ');
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
