import type { Reply, ReplyError } from '@tidings/core';
import type { Message } from 'amqplib';

/** `ok`, or `error` when the content is the error. */
const STATUS_HEADER = 'tidings-status';

/** A reply as it travels: its content is the result as JSON, or `{name, code, message}` of the error. */
export function encodeReply(reply: Reply): {
  readonly content: Buffer;
  readonly headers: Readonly<Record<string, string>>;
} {
  return reply.ok
    ? { content: Buffer.from(reply.result ?? ''), headers: { [STATUS_HEADER]: 'ok' } }
    : { content: Buffer.from(JSON.stringify(reply.error)), headers: { [STATUS_HEADER]: 'error' } };
}

/** What a reply says. Whoever sent it, it can be read: what is no reply is an error that says so. */
export function decodeReply({ content, properties }: Message): Reply {
  const text = content.toString();
  const isError = properties.headers?.[STATUS_HEADER] === 'error';
  try {
    const value: unknown = text === '' ? undefined : JSON.parse(text);
    if (isError) return { ok: false, error: errorIn(value) };
    return value === undefined ? { ok: true } : { ok: true, result: text };
  } catch {
    return { ok: false, error: { name: 'Error', message: 'The reply is not JSON.' } };
  }
}

function errorIn(value: unknown): ReplyError {
  const { name, code, message } = Object(value) as Record<string, unknown>;
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : 'The handler failed without a message.',
    ...(typeof code === 'string' ? { code } : {}),
  };
}
