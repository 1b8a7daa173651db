import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalProcess } from '../local-process.ts';
import type { ServerFolder } from '../server-folder.ts';
import { untilServes, type BrokerUrls } from './connection.ts';
import type { NativeBinaries } from './native-binaries.ts';

/** What a broker listens on, all of it on the loopback address alone. */
export interface BrokerPorts {
  readonly amqp: number;
  readonly management: number;
  /** Of Erlang's nodes, which `rabbitmqctl` is one of. */
  readonly distribution: number;
  /** Of the daemon that tells a node's distribution port. */
  readonly epmd: number;
}

/** What a broker needs to know. */
export interface BrokerSettings {
  readonly binaries: NativeBinaries;
  readonly folder: ServerFolder;
  readonly ports: BrokerPorts;
}

/**
 * Arguments of the Erlang machine for a broker under test: no busy waiting, which takes the processor
 * from the tests, and figures that are half a second old, not five.
 */
export const TEST_ERLANG_ARGS: string = [
  '+sbwt none +sbwtdcpu none +sbwtdio none',
  '-rabbit collect_statistics_interval 500',
  '-rabbit quorum_tick_interval 500',
  // The shortest interval here is how often figures are collected, in seconds.
  '-rabbitmq_management sample_retention_policies [{global,[{60,1}]},{basic,[{60,1}]},{detailed,[{10,1}]}]',
].join(' ');

/** One RabbitMQ node with an epmd of its own, on one folder: started, killed, started again. */
export class Broker implements BrokerUrls {
  readonly url: string;
  readonly managementUrl: string;
  readonly #settings: BrokerSettings;
  #epmd: LocalProcess | undefined;
  #node: LocalProcess | undefined;

  constructor(settings: BrokerSettings) {
    this.#settings = settings;
    this.url = `amqp://guest:guest@127.0.0.1:${settings.ports.amqp}`;
    this.managementUrl = `http://guest:guest@127.0.0.1:${settings.ports.management}`;
  }

  /** Starts the node and resolves when it serves clients. */
  async start(): Promise<void> {
    const { binaries, folder } = this.#settings;
    this.#configure();
    const epmd = this.#startEpmd();
    const node = new LocalProcess(folder, {
      program: join(binaries.folder, 'rabbitmq-server'),
      // Erlang keeps flags that it does not know: this one names the folder on the command line.
      args: ['-tidings_folder', folder.path],
      env: this.#environment(),
    });
    this.#node = node;
    await untilServes(this, () => {
      if (epmd.hasEnded) return `epmd ended at start: ${epmd.lastWords()}`;
      return node.hasEnded ? `RabbitMQ ended at start: ${node.lastWords()}` : undefined;
    });
  }

  /** Whether the last start failed because somebody else listens on one of the ports. */
  get portWasTaken(): boolean {
    return [this.#epmd, this.#node].some((process) =>
      /eaddrinuse|address already in use/i.test(process?.output() ?? ''),
    );
  }

  /** Kills the node. Its helpers end with it. */
  async kill(): Promise<void> {
    await this.#node?.end('SIGKILL');
  }

  /** Stops the node in order. */
  async stop(): Promise<void> {
    await this.#node?.end('SIGTERM');
  }

  /** Ends all processes at once, the data being of no more use. */
  async end(): Promise<void> {
    await this.#node?.end('SIGKILL');
    await this.#epmd?.end('SIGKILL');
  }

  /** Runs `rabbitmqctl` and gives what it printed. */
  async rabbitmqctl(...args: readonly string[]): Promise<string> {
    const { binaries, folder } = this.#settings;
    const program = join(binaries.folder, 'rabbitmqctl');
    const { stdout } = await promisify(execFile)(program, ['--quiet', ...args], {
      cwd: folder.path,
      env: this.#environment(),
      ...folder.runAs,
    });
    return stdout;
  }

  #configure(): void {
    const { folder, ports } = this.#settings;
    writeFileSync(join(folder.path, 'enabled_plugins'), '[rabbitmq_management].\n');
    writeFileSync(
      join(folder.path, 'rabbitmq.conf'),
      `management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = ${ports.management}\n`,
    );
  }

  /** An epmd outlives the nodes that it knows, so that it is there when one starts again. */
  #startEpmd(): LocalProcess {
    const { binaries, folder, ports } = this.#settings;
    if (this.#epmd === undefined || this.#epmd.hasEnded) {
      this.#epmd = new LocalProcess(folder, {
        program: binaries.epmd,
        args: ['-port', String(ports.epmd), '-address', '127.0.0.1'],
        env: this.#environment(),
        argv0: join(folder.path, 'epmd'),
      });
    }
    return this.#epmd;
  }

  #environment(): Record<string, string> {
    const { binaries, folder, ports } = this.#settings;
    const at = (name: string): string => join(folder.path, name);
    const usual = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].filter((place) => existsSync(place));
    return {
      PATH: [binaries.folder, binaries.erlang, ...usual].join(':'),
      LANG: 'C.UTF-8',
      // Where Erlang makes the cookie that a node and rabbitmqctl know each other by.
      HOME: folder.path,
      ERL_EPMD_PORT: String(ports.epmd),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      // The machine's own configuration is for its own service.
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
      RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: at('advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
      RABBITMQ_NODENAME: 'tidings@localhost',
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(ports.amqp),
      RABBITMQ_DIST_PORT: String(ports.distribution),
      RABBITMQ_MNESIA_BASE: at('mnesia'),
      RABBITMQ_LOG_BASE: at('log'),
      RABBITMQ_LOGS: '-',
      RABBITMQ_PID_FILE: at('rabbitmq.pid'),
      // The script becomes the Erlang machine instead of keeping it as a child that outlives it.
      RABBITMQ_ALLOW_INPUT: '1',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-noinput ${TEST_ERLANG_ARGS} -kernel inet_dist_use_interface {127,0,0,1}`,
    };
  }
}
