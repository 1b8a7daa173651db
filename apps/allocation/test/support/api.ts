/** An answer of the service. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Posts JSON. Rejects when no answer came, or `signal` aborted before it did. */
export async function post(
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
  signal: AbortSignal | null = null,
): Promise<ApiAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal,
  });
  return { status: response.status, body: await response.json() };
}

export async function get(url: string): Promise<ApiAnswer> {
  const response = await fetch(url);
  return { status: response.status, body: await response.json() };
}
