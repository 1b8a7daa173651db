import type { Reply, ReplyError } from '@tidings/core';

import { textIn, type Row } from '../database/statement.ts';

/** A reply as it is kept: the result as JSON text, empty where there is none, or the error as JSON. */
export function contentOf(reply: Reply): string {
  return reply.ok ? (reply.result ?? '') : JSON.stringify(reply.error);
}

/** What a row of replies says. */
export function replyIn(row: Row): Reply {
  const content = textIn(row['content']);
  if (row['ok'] !== true) return { ok: false, error: JSON.parse(content) as ReplyError };
  return content === '' ? { ok: true } : { ok: true, result: content };
}
