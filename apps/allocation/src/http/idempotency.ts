import { z } from 'zod';

/** Clients that repeat a request, because they saw no answer, send the same key again. */
export const IdempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(200)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional()
    .describe('The same request with the same key takes effect once and gets the same answer'),
});

/** The intent of a request, if its client gave one. */
export function intentOf(headers: z.infer<typeof IdempotencyHeaders>): string | undefined {
  const key = headers['idempotency-key'];
  return key === undefined ? undefined : `http:${key}`;
}
