import { createHash } from 'node:crypto';

import type { Intent } from '../ports/unit-of-work.ts';

/** An intent, with what tells it apart from other work under the same id. */
export function intentOf(id: string, type: string, body: string): Intent {
  const fingerprint = createHash('sha256')
    .update(type)
    .update('\0')
    .update(body)
    .digest('base64url');
  return { id, fingerprint };
}
