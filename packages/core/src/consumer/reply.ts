import { TidingsError } from '@tidings/domain';

import type { AttemptOutcome } from '../execution/attempt.ts';
import type { Reply, ReplyError } from '../ports/transport.ts';

/** The sender needs the sentence, not a dump. */
const MAX_MESSAGE_LENGTH = 2000;

/** What the sender of a request is told of how its command ended. */
export function replyOf(outcome: AttemptOutcome): Reply {
  if (outcome.status !== 'done' && outcome.status !== 'repeated') {
    throw new TypeError(`a command requested cannot be ${outcome.status}`);
  }
  const result = outcome.status === 'done' ? outcome.returned : outcome.result;
  return result === undefined ? { ok: true } : { ok: true, result: JSON.stringify(result) };
}

/** Name, code and message of an error; never its stack or its details, which may hold data. */
export function replyError(error: unknown): ReplyError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return {
    name,
    message: message.slice(0, MAX_MESSAGE_LENGTH),
    ...(TidingsError.is(error) ? { code: error.code } : {}),
  };
}
