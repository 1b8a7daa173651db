import {
  createConnection,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';

const COMMITTED = Buffer.from('COMMIT\0');

/** A TCP proxy in front of Postgres that can lose the reply to a COMMIT, with the connection. */
export class CommitReplyProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #armed = false;
  #stopped = false;

  private constructor(target: URL) {
    this.#server = createServer((client) => this.#connect(client, target));
  }

  static async start(url: string): Promise<{ proxy: CommitReplyProxy; url: string }> {
    const target = new URL(url);
    const proxy = new CommitReplyProxy(target);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String((proxy.#server.address() as AddressInfo).port);
    return { proxy, url: through.href };
  }

  /** The next reply to a COMMIT is lost. */
  loseNextCommitReply(): void {
    this.#armed = true;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #connect(client: Socket, target: URL): void {
    if (this.#stopped) {
      client.destroy();
      return;
    }
    const server = createConnection({ host: target.hostname, port: Number(target.port || 5432) });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(server);
    server.on('data', (data: Buffer) => {
      if (this.#armed && data.includes(COMMITTED)) {
        this.#armed = false;
        client.destroy();
        server.destroy();
      } else {
        client.write(data);
      }
    });
  }
}
