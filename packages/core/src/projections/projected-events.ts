import type { MessageDefinition } from '@tidings/domain';

import { decodeMessage } from '../envelope/decode-message.ts';
import type { Envelope } from '../envelope/envelope.ts';
import type { MessageLimits } from '../envelope/limits.ts';
import type { ProjectedEvent } from '../handlers/projection.ts';

export interface DecodingParts {
  readonly definitions: ReadonlyMap<string, MessageDefinition>;
  readonly limits: MessageLimits;
}

/** The events that could be read, and why the first of the others could not. */
export interface DecodedEvents {
  readonly events: readonly ProjectedEvent[];
  readonly unreadable?: Error;
}

/** Reads events up to the first that cannot be understood. */
export async function decodeEvents(
  envelopes: readonly Envelope[],
  { definitions, limits }: DecodingParts,
): Promise<DecodedEvents> {
  const events: ProjectedEvent[] = [];
  for (const envelope of envelopes) {
    try {
      const decoded = decodeMessage(envelope, definitions.get(envelope.type), limits);
      // Not awaited where there is nothing to wait for: a build reads a million of them.
      const data: unknown = decoded instanceof Promise ? await decoded : decoded;
      events.push({ type: envelope.type, data, messageId: envelope.id, envelope });
    } catch (error) {
      return { events, unreadable: error instanceof Error ? error : new Error(String(error)) };
    }
  }
  return { events };
}
