const NETWORK = /^(?:E[A-Z]+|ERR_[A-Z_]+)$/;
const DRIVER_MESSAGES =
  /Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|timeout expired|Connection ended|PGlite is clos/i;

/** SQLSTATE or the error code of the network, if the error has one. */
function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The SQLSTATE of an error of the server. */
export function sqlState(error: unknown): string | undefined {
  const code = codeOf(error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !NETWORK.test(code) ? code : undefined;
}

/** Whether the server itself answered with the error, and the connection can be used on. */
export function isAnswer(error: unknown): boolean {
  const state = sqlState(error);
  // Terminated by an administrator, crashed, cannot connect now; and the class of connection errors.
  return state !== undefined && !/^(?:57P0|08)/.test(state);
}

/** A short reason without SQL and without values, which may be secret. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  const state = sqlState(error);
  if (state !== undefined) return `SQLSTATE ${state}`;
  if (code !== undefined) return code;
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  const { name, message } = (error ?? {}) as { name?: string; message?: string };
  if (name === 'KnexTimeoutError' || name === 'TimeoutError') return 'no free connection in time';
  const known = DRIVER_MESSAGES.exec(message ?? '');
  return known === null ? (name ?? 'unknown error') : known[0];
}
