import {
  startPostgres,
  startRabbitmq,
  type PrivatePostgres,
  type PrivateRabbitmq,
  type PrivateVhost,
} from '@tidings/testing/servers';

import { Program, type Environment } from './program.ts';

/** The service as it runs in production: one API and some workers as processes, on servers of their own. */
export class ServiceSet implements AsyncDisposable {
  readonly environment: Environment & { readonly DATABASE_URL: string; readonly AMQP_URL: string };
  readonly vhost: PrivateVhost;
  readonly workers: Program[] = [];
  readonly postgres: PrivatePostgres;
  readonly rabbitmq: PrivateRabbitmq;
  #api!: Program;

  private constructor(
    postgres: PrivatePostgres,
    rabbitmq: PrivateRabbitmq,
    vhost: PrivateVhost,
    databaseUrl: string,
  ) {
    this.postgres = postgres;
    this.rabbitmq = rabbitmq;
    this.vhost = vhost;
    this.environment = { PORT: '0', DATABASE_URL: databaseUrl, AMQP_URL: vhost.url };
  }

  /**
   * Resolves when all processes are up.
   *
   * @param crashable whether the servers are nobody else's, so that they can be crashed
   */
  static async start(workers: number, crashable = false): Promise<ServiceSet> {
    const [postgres, rabbitmq] = await Promise.all([
      startPostgres({ crashable }),
      startRabbitmq({ crashable }),
    ]);
    const set = new ServiceSet(
      postgres,
      rabbitmq,
      await rabbitmq.createVhost(),
      await postgres.createDatabase(),
    );
    try {
      set.#api = await set.#start('api');
      for (let count = 0; count < workers; count += 1) {
        set.workers.push(await set.#start('worker'));
      }
      await Promise.all([set.#api, ...set.workers].map((program) => program.url()));
      return set;
    } catch (error) {
      await set[Symbol.asyncDispose]();
      throw error;
    }
  }

  get api(): Program {
    return this.#api;
  }

  /** Where the API is; while it is restarted, where it was or will be. */
  url(): Promise<string> {
    return this.#api.url();
  }

  /** Restarts all processes, one after the other: each is asked to end, and another takes its place. */
  async restartAll(): Promise<void> {
    for (const [index, worker] of this.workers.entries()) {
      this.workers[index] = await this.#restart(worker, 'worker');
      await this.workers[index].url();
    }
    this.#api = await this.#restart(this.#api, 'api');
    await this.#api.url();
  }

  /** How many messages each process has acknowledged, in whatever order. */
  async acknowledged(): Promise<readonly number[]> {
    const path = `/vhosts/${encodeURIComponent(this.vhost.name)}/channels`;
    const channels = (await this.rabbitmq.api('GET', path)) as readonly ChannelFacts[];
    const byConnection = new Map<string, number>();
    for (const { connection_details: connection, message_stats: stats } of channels) {
      const before = byConnection.get(connection.name) ?? 0;
      byConnection.set(connection.name, before + (stats?.ack ?? 0));
    }
    return [...byConnection.values()].filter((count) => count > 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const programs = [this.#api, ...this.workers].filter((program) => program !== undefined);
    await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
    await Promise.all([this.postgres.stop(), this.rabbitmq.stop()]);
  }

  async #restart(program: Program, role: 'api' | 'worker'): Promise<Program> {
    const { code } = await program.stop();
    if (code !== 0) throw new Error(`The ${role} ended with ${code}:\n${program.stderr}`);
    return this.#start(role);
  }

  #start(role: 'api' | 'worker'): Promise<Program> {
    return Program.start([role], this.environment);
  }
}

/** What the broker tells of a channel. */
interface ChannelFacts {
  readonly connection_details: { readonly name: string };
  readonly message_stats?: { readonly ack?: number };
}
