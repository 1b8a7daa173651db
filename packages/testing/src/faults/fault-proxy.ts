import {
  createConnection,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { ArmedCuts } from './armed-cuts.ts';
import type { CutOptions, InjectedFaults, ProxyBehaviour } from './behaviour.ts';
import { Relay, type RelayOrders } from './relay.ts';

/** Ports of servers whose URLs need not name one. */
const usualPorts: Readonly<Record<string, number>> = {
  'amqp:': 5672,
  'amqps:': 5671,
  'postgres:': 5432,
  'postgresql:': 5432,
  'http:': 80,
  'https:': 443,
};

/** Two sockets that are one connection to those at its ends. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * A TCP proxy in front of a server that makes the network fail: late, slow, in pieces, cut, reset, or
 * silent. It passes everything on until it is told otherwise, and can be told otherwise at any time.
 *
 * @example
 * ```ts
 * await using proxy = await FaultProxy.start(databaseUrl);
 * const client = new Client(proxy.url);
 * proxy.cutAt('COMMIT\0'); // the next reply to a COMMIT is lost, and the connection with it
 * ```
 */
export class FaultProxy implements AsyncDisposable {
  /** The server's URL with the proxy's host and port in it. */
  readonly url: string;
  /** What has been done so far. */
  readonly injected: Readonly<InjectedFaults>;
  readonly #listener: Server;
  readonly #pairs: Set<Pair>;
  readonly #orders: RelayOrders & { readonly injected: InjectedFaults };
  #behaviour: ProxyBehaviour = {};
  #accepted = 0;

  private constructor(url: URL, listener: Server) {
    this.#listener = listener;
    this.#pairs = new Set();
    this.#orders = {
      behaviour: () => this.#behaviour,
      cuts: new ArmedCuts(),
      injected: { cuts: 0, resets: 0, refusals: 0, delays: 0, slices: 0, swallowedBytes: 0 },
    };
    this.injected = this.#orders.injected;
    const target = { host: url.hostname.replace(/^\[|\]$/g, ''), port: portOf(url) };
    listener.on('connection', (client) => this.#accept(client, target));
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String((listener.address() as AddressInfo).port);
    this.url = through.href;
  }

  /**
   * Starts a proxy on a free port of the loopback address.
   *
   * @param url The server, such as `postgres://127.0.0.1:5432/db` or `amqp://127.0.0.1`.
   * @throws RangeError when the port is neither in it nor known from its protocol.
   */
  static async start(url: string): Promise<FaultProxy> {
    portOf(new URL(url));
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(0, '127.0.0.1', resolve);
    });
    return new FaultProxy(new URL(url), listener);
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** How many connections were taken, those included that are no longer open. */
  get accepted(): number {
    return this.#accepted;
  }

  /** From now on, also on connections that are open, does this and nothing else; `{}` is to do nothing. */
  behave(behaviour: ProxyBehaviour): void {
    this.#behaviour = behaviour;
  }

  /**
   * Ends the next connection on which these bytes come, also if they come in pieces. What came before
   * is passed on, they and what follows are not.
   *
   * @throws RangeError for no bytes, or more than 256.
   */
  cutAt(pattern: string | Uint8Array, options: CutOptions = {}): void {
    this.#orders.cuts.add(pattern, options);
  }

  /** Ends all connections now, in order (FIN), whatever is on its way. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      this.#orders.injected.cuts += 1;
      client.destroy();
      server.destroy();
    }
  }

  /** Resets all connections now (RST). */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      this.#orders.injected.resets += 1;
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
  }

  /** Ends all connections and takes no more. */
  async stop(): Promise<void> {
    this.#orders.cuts.clear();
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    if (!this.#listener.listening) return;
    await new Promise((resolve) => {
      this.#listener.close(resolve);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #accept(client: Socket, target: { readonly host: string; readonly port: number }): void {
    this.#accepted += 1;
    // What a socket has to say of its end is told by its close.
    client.on('error', () => {});
    if (this.#behaviour.refuse === true) {
      this.#orders.injected.refusals += 1;
      client.resetAndDestroy();
      return;
    }
    const server = createConnection({ ...target, allowHalfOpen: true, noDelay: true });
    server.on('error', () => {});
    const pair = { client, server };
    this.#pairs.add(pair);
    for (const socket of [client, server]) {
      socket.on('close', () => {
        if (client.destroyed && server.destroyed) this.#pairs.delete(pair);
      });
    }
    new Relay('toServer', client, server, this.#orders).start();
    new Relay('toClient', server, client, this.#orders).start();
  }
}

function portOf(url: URL): number {
  const port = url.port === '' ? usualPorts[url.protocol] : Number(url.port);
  if (port === undefined)
    throw new RangeError(`A server's URL has to name its port: ${url.protocol}`);
  return port;
}
