import type * as Testcontainers from 'testcontainers';
import { dockerAnswers } from './docker-socket.ts';
import { freePort } from './free-port.ts';
import type { EngineUnavailable } from './start-first.ts';

/** Enough for an image to be fetched, short enough not to hang a test run on a dead network. In milliseconds. */
const STARTED_WITHIN_MS = 180_000;

/** How often a start is tried anew when another process took a free port first. */
const PORT_TRIES = 5;

/** The container that is wanted. */
export interface ContainerOptions {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Default: the image's own. */
  readonly command?: readonly string[];
  /** The ports inside, each of which is reached by a port outside that stays the same. */
  readonly ports: readonly number[];
  /** Asks the server to stop in order. */
  readonly stopSignal: NodeJS.Signals;
  /** Resolves when the server in it serves clients. */
  readonly untilServes: (container: ServerContainer) => Promise<void>;
}

/** A container that runs a server. */
export interface ServerContainer {
  readonly host: string;
  /** The port outside for a port inside. */
  port(inside: number): number;
  /** Kills it and resolves when it is gone. Its data stay. */
  kill(): Promise<void>;
  /** Starts it again and resolves when its server serves clients; if it runs it is stopped first. */
  restart(): Promise<void>;
  /** Runs a program in it and gives what that printed. */
  exec(command: readonly string[]): Promise<string>;
  /** Removes it with its data. */
  remove(): Promise<void>;
}

/** Runs a container by Testcontainers, whose reaper removes it should we not. */
export async function startContainer(
  options: ContainerOptions,
): Promise<ServerContainer | EngineUnavailable> {
  if (!(await dockerAnswers())) return { unavailable: 'no container engine answers' };
  const testcontainers = await import('testcontainers').catch(() => undefined);
  if (testcontainers === undefined) {
    return { unavailable: 'the package testcontainers is not installed' };
  }
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(testcontainers, options);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (tries === PORT_TRIES || !/port is already allocated|address already in use/.test(reason))
        return {
          unavailable: `a container of ${options.image} did not start (${reason.split('\n')[0]})`,
        };
    }
  }
}

async function start(
  { GenericContainer, getContainerRuntimeClient }: typeof Testcontainers,
  options: ContainerOptions,
): Promise<ServerContainer> {
  // Fixed ports: a container that is killed and started again would come back on others.
  const outside = new Map<number, number>();
  for (const port of options.ports) outside.set(port, await freePort());
  const wanted = new GenericContainer(options.image)
    .withEnvironment({ ...options.environment })
    .withExposedPorts(...[...outside].map(([container, host]) => ({ container, host })))
    .withStartupTimeout(STARTED_WITHIN_MS);
  if (options.command !== undefined) wanted.withCommand([...options.command]);
  const container = await within(STARTED_WITHIN_MS, wanted.start(), (late) => void late.stop());

  const engine = await getContainerRuntimeClient();
  const handle = engine.container.getById(container.getId());
  const isRunning = async (): Promise<boolean> => (await handle.inspect()).State.Running;

  const server: ServerContainer = {
    host: container.getHost(),
    port: (inside) => outside.get(inside) ?? 0,
    kill: async () => {
      if (!(await isRunning())) return;
      await handle.kill({ signal: 'SIGKILL' });
      await handle.wait();
    },
    restart: async () => {
      if (await isRunning()) await handle.stop({ signal: options.stopSignal });
      await handle.start();
      await options.untilServes(server);
    },
    exec: async (command) => {
      const { output, exitCode } = await container.exec([...command]);
      if (exitCode !== 0) throw new Error(`${command.join(' ')} failed: ${output.trim()}`);
      return output;
    },
    remove: async () => {
      await container.stop({ removeVolumes: true, timeout: 0 });
    },
  };
  try {
    await options.untilServes(server);
    return server;
  } catch (error) {
    await server.remove();
    throw error;
  }
}

/** Waits for a promise no longer than `ms`; what it gives after that is given to `discard`. */
async function within<T>(ms: number, promise: Promise<T>, discard: (late: T) => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      promise.then(discard, () => {});
      reject(new Error(`not started within ${ms} ms`));
    }, ms);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}
