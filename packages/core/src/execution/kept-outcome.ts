import type { Envelope } from '../envelope/envelope.ts';
import { assertJson } from '../json/json-faults.ts';

/** Which messages a command stored. */
export type StoredMessage = Pick<Envelope, 'id' | 'type'>;

/**
 * What is kept of a command under its intent: its result, and the messages it stored, so that whoever
 * repeats it can wait for what they cause as the first caller could.
 */
export interface KeptOutcome {
  readonly result?: unknown;
  readonly messages: readonly StoredMessage[];
}

/** @throws {@link UnstorableValueError} when JSON would change the result */
export function encodeOutcome(
  type: string,
  result: unknown,
  messages: readonly Envelope[],
): string {
  if (result !== undefined) assertJson(`The result of ${type}, kept for its intent,`, result);
  return JSON.stringify({
    result,
    messages: messages.map(({ id, type: of }) => ({ id, type: of })),
  });
}

export function decodeOutcome(kept: string | undefined): KeptOutcome {
  return kept === undefined ? { messages: [] } : (JSON.parse(kept) as KeptOutcome);
}
