import { InvalidOptionsError } from '../errors/app-errors.ts';
import type { StoredMessage } from '../execution/kept-outcome.ts';

/**
 * Text that tells which messages a command stored, for whoever wants to wait until a projection has applied
 * just these. It may be kept, and given to another process; it is no secret, and proves nothing.
 */
export type Receipt = string;

/** Tells a receipt of this form from one of a later form. */
const PREFIX = 'r1.';

interface Contents {
  readonly service: string;
  /** Ids by type. */
  readonly messages: Readonly<Record<string, readonly string[]>>;
}

export function receiptOf(service: string, messages: readonly StoredMessage[]): Receipt {
  const byType: Record<string, string[]> = {};
  for (const { id, type } of messages) (byType[type] ??= []).push(id);
  const contents: Contents = { service, messages: byType };
  return PREFIX + Buffer.from(JSON.stringify(contents)).toString('base64url');
}

/**
 * The ids of the messages of some types that a receipt tells of.
 *
 * @throws {@link InvalidOptionsError} when it is no receipt, or another service's
 */
export function messagesOf(
  receipt: Receipt,
  service: string,
  types: readonly string[],
): readonly string[] {
  const contents = contentsOf(receipt);
  if (contents === undefined) throw refused('it is not what onReceipt was called with');
  if (contents.service !== service) {
    throw refused(`it is one of ${JSON.stringify(contents.service)}, whose log is another`);
  }
  return types.flatMap((type) =>
    Object.hasOwn(contents.messages, type) ? (contents.messages[type] ?? []) : [],
  );
}

function contentsOf(receipt: Receipt): Contents | undefined {
  if (!receipt.startsWith(PREFIX)) return undefined;
  try {
    const text = Buffer.from(receipt.slice(PREFIX.length), 'base64url').toString();
    const contents = JSON.parse(text) as Partial<Contents> | null;
    return isContents(contents) ? contents : undefined;
  } catch {
    return undefined;
  }
}

/** It may come from anywhere, as an HTTP header. */
function isContents(contents: Partial<Contents> | null): contents is Contents {
  return (
    typeof contents?.service === 'string' &&
    typeof contents.messages === 'object' &&
    contents.messages !== null &&
    Object.values(contents.messages).every(
      (ids) => Array.isArray(ids) && ids.every((id) => typeof id === 'string'),
    )
  );
}

function refused(fault: string): InvalidOptionsError {
  return new InvalidOptionsError('the receipt', [fault]);
}
