import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { request as requestByTls } from 'node:https';
import { text } from 'node:stream/consumers';

/** How long an answer may take, in milliseconds. */
const ANSWER_WITHIN_MS = 60_000;

/** One thing of a list, as the API describes it. */
export type Listed = Readonly<Record<string, unknown>>;

/** The HTTP API of RabbitMQ's management plugin. */
export class Management {
  readonly #base: URL;
  readonly #authorization: string;

  /** @param url Its address, with user and password. */
  constructor(url: string) {
    this.#base = new URL(url);
    const { username, password } = this.#base;
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.#authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }

  /** Asks, and gives what is answered, an object or a text. */
  async ask(method: string, at: string, body?: unknown): Promise<unknown> {
    const { status, answer } = await this.#request(method, at, body);
    if (status >= 300) {
      const said = JSON.stringify(answer);
      throw new Error(`RabbitMQ answered ${method} /api${at} with ${status}: ${said}`);
    }
    return answer;
  }

  /** Sees to it that something is not there, whether it was or not. */
  async remove(at: string): Promise<void> {
    const { status } = await this.#request('DELETE', at);
    if (status >= 300 && status !== 404) {
      throw new Error(`RabbitMQ answered DELETE /api${at} with ${status}`);
    }
  }

  /** Asks for a list. */
  async list(at: string): Promise<readonly Listed[]> {
    return (await this.ask('GET', at)) as readonly Listed[];
  }

  /** The resources that are short, `memory` or `disk space`. Known at once, unlike figures. */
  async alarms(): Promise<readonly string[]> {
    // With an alarm the status says that the broker is not well.
    const { answer } = await this.#request('GET', '/health/checks/alarms');
    const alarms = (answer as Listed)['alarms'] as readonly Listed[] | undefined;
    return (alarms ?? []).map(({ resource }) => String(resource));
  }

  /** Closes a user's connections, and gives how many there were. */
  async closeConnections(user: string): Promise<number> {
    const at = path('connections', 'username', user);
    const open = await this.list(at);
    await this.remove(at);
    return open.length;
  }

  async #request(method: string, at: string, body?: unknown): Promise<Answer> {
    const { protocol, hostname, port } = this.#base;
    const ask = protocol === 'https:' ? requestByTls : request;
    const asked = ask({
      method,
      protocol,
      hostname,
      port,
      path: `${this.#base.pathname.replace(/\/$/, '')}/api${at}`,
      headers: { authorization: this.#authorization, 'content-type': 'application/json' },
      // A connection for each request: one that is kept open would have to be given up at a restart.
      agent: false,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const said = await text(response);
    const isJson = response.headers['content-type']?.includes('json') === true && said !== '';
    return { status: response.statusCode ?? 0, answer: isJson ? JSON.parse(said) : said };
  }
}

interface Answer {
  readonly status: number;
  readonly answer: unknown;
}

/** A path of the API: every name in it escaped. */
export function path(...names: readonly string[]): string {
  return names.map((name) => `/${encodeURIComponent(name)}`).join('');
}
