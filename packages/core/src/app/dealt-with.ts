import type { DealtWith } from '../bus/receipts.ts';
import type { Composition } from './compose.ts';

/** Asks the inbox about subscriptions, and the positions of messages about projections. */
export function dealtWith({
  registry,
  persistence,
}: Pick<Composition, 'registry' | 'persistence'>): DealtWith {
  return async (name, messageIds) => {
    if (!registry.projections.has(name)) return persistence.inbox.applied(name, messageIds);
    const applied = await persistence.projections.applied(name, messageIds);
    return applied.map(({ messageId }) => messageId);
  };
}
