import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy that can stop passing anything on while every connection stays open. */
export class BlackHole {
  readonly url: string;
  readonly #sockets: Set<Socket>;
  readonly #close: () => Promise<void>;

  private constructor(url: string, sockets: Set<Socket>, close: () => Promise<void>) {
    this.url = url;
    this.#sockets = sockets;
    this.#close = close;
  }

  static async start(url: string): Promise<BlackHole> {
    const target = new URL(url);
    const sockets = new Set<Socket>();
    let isStopped = false;
    const server = createServer((client) => {
      if (isStopped) {
        client.destroy();
        return;
      }
      const upstream = createConnection(Number(target.port || 5432), target.hostname);
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
      client.pipe(upstream);
      upstream.pipe(client);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String((server.address() as AddressInfo).port);
    return new BlackHole(through.href, sockets, async () => {
      isStopped = true;
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    });
  }

  /** From now on nothing comes through the connections that are open. */
  swallow(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.on('data', () => {});
    }
  }

  async stop(): Promise<void> {
    await this.#close();
  }
}
