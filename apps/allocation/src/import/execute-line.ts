import { setTimeout as pause } from 'node:timers/promises';

import { ValidationError, type MessageBus } from '@tidings/core';
import { TidingsError, type Command } from '@tidings/domain';

import { RefusedError } from '../allocation/errors.ts';

/** How long to wait before a line is tried again for which the store could not be used. */
const PAUSES_MS = [100, 300, 1000, 3000, 10_000];

export type LineOutcome =
  | { readonly result: unknown; readonly isRepeated: boolean }
  | { readonly refusal: string };

/**
 * Executes the command of one line. A refusal is an outcome.
 *
 * @throws any other error, after trying for a while where the store may come back
 */
export async function executeLine(
  bus: MessageBus,
  command: Command,
  intent: string,
): Promise<LineOutcome> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      let isRepeated = false;
      const result = await bus.execute(command, {
        intent,
        onRepeated: () => {
          isRepeated = true;
        },
      });
      return { result, isRepeated };
    } catch (error) {
      if (error instanceof RefusedError) return { refusal: error.message };
      if (error instanceof ValidationError) {
        return {
          refusal: error.faults.map(({ path, message }) => `${path}: ${message}`).join('; '),
        };
      }
      const wait = PAUSES_MS[attempt];
      if (wait === undefined || !mayBeRepeated(error)) throw error;
      await pause(wait);
    }
  }
}

/** Under its intent a command can be repeated also when nobody knows whether it was committed. */
function mayBeRepeated(error: unknown): boolean {
  return TidingsError.is(error) && (error.transient || error.code === 'TIDINGS_COMMIT_UNKNOWN');
}
