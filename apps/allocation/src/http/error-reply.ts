import { IntentConflictError, ValidationError } from '@tidings/core';
import { TidingsError } from '@tidings/domain';
import type { FastifyError } from 'fastify';
import { z } from 'zod';

import { BatchConflictError, RefusedError } from '../allocation/errors.ts';

/** What every refusal and failure looks like. */
export const ErrorReply = z.object({
  message: z.string().describe('What is wrong, for people'),
  errors: z
    .array(z.object({ field: z.string(), message: z.string() }))
    .optional()
    .describe('Every field that is at fault'),
});

export interface Reply {
  readonly status: number;
  readonly body: z.infer<typeof ErrorReply>;
}

/** The reply for an error. Only what the caller can do something about is told. */
export function replyFor(error: unknown): Reply {
  if (error instanceof BatchConflictError) return reply(409, error.message);
  if (error instanceof RefusedError) return reply(400, error.message);
  if (error instanceof ValidationError) {
    const errors = error.faults.map(({ path, message }) => ({ field: path || 'body', message }));
    return reply(400, 'The request is not valid', errors);
  }
  if (error instanceof IntentConflictError) {
    return reply(422, 'This Idempotency-Key was used before with another request');
  }
  if (TidingsError.is(error)) {
    return error.transient || error.code === 'TIDINGS_APP_STATE'
      ? reply(503, 'Not possible at the moment; try again')
      : reply(500, 'Something went wrong');
  }
  return replyForFastify(error as Partial<FastifyError>);
}

function replyForFastify({
  statusCode = 500,
  validation,
  message = '',
  code,
}: Partial<FastifyError>): Reply {
  if (validation !== undefined) {
    const errors = validation.map((fault) => ({
      field: fault.instancePath.slice(1).replaceAll('/', '.') || 'body',
      message: fault.message ?? 'is not valid',
    }));
    return reply(400, 'The request is not valid', errors);
  }
  // JSON that cannot be parsed has a status, and no code of Fastify's.
  if (statusCode >= 400 && statusCode < 500) {
    return reply(statusCode, code === undefined ? 'The body is not valid JSON' : message);
  }
  return reply(500, 'Something went wrong');
}

function reply(status: number, message: string, errors?: Reply['body']['errors']): Reply {
  return { status, body: errors === undefined ? { message } : { message, errors } };
}
