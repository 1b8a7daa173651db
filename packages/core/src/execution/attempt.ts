import type { RunnableHandler } from '../composition/registry.ts';
import type { Envelope } from '../envelope/envelope.ts';
import type { KeptOutcome } from './kept-outcome.ts';
import type { Intent, ReceivedDelivery, ReceiveResult } from '../ports/unit-of-work.ts';

/** One attempt to handle one message. */
export interface Attempt {
  readonly handler: RunnableHandler;
  readonly type: string;
  readonly data: unknown;
  readonly messageId: string;
  readonly correlationId: string;
  readonly causationId: string | undefined;
  readonly attempt: number;
  readonly envelope?: Envelope | undefined;
  readonly delivery?: ReceivedDelivery | undefined;
  readonly intent?: Intent | undefined;
  /** What may give it up. Called only where somebody listens: to make a signal costs more than a dispatch. */
  readonly signal?: (() => AbortSignal | undefined) | undefined;
}

export type AttemptOutcome =
  | {
      readonly status: 'done';
      readonly result: unknown;
      /** The result before the command's schema was applied to it. */
      readonly returned: unknown;
      /** The messages stored by it. */
      readonly messages: readonly Envelope[];
    }
  | ({ readonly status: 'repeated' } & KeptOutcome)
  | { readonly status: Exclude<ReceiveResult, 'first'> };
