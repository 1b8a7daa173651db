import { installWithApt, type ServerPackage } from './apt-install.ts';
import { ServerUnavailableError } from './server-errors.ts';

/** Limits every server of a run to these engines, and to `environment`: names with commas between them. */
const ENGINES_VARIABLE = 'TIDINGS_TEST_ENGINES';

/** What every kind of server may be told. */
export interface StartServerOptions<Engine extends string> {
  /**
   * The engines that may be used, which are tried in their own order. Default: those that the
   * variable `TIDINGS_TEST_ENGINES` names, otherwise all.
   */
  readonly engines?: readonly Engine[];
  /** Asks for a server of its own, which can be crashed: any engine but `environment`. */
  readonly crashable?: boolean;
  /** Told in one line what was tried and what runs. Default: written to standard error. */
  readonly log?: (line: string) => void;
}

/** Says in a few words why an engine cannot be used here. */
export interface EngineUnavailable {
  readonly unavailable: string;
}

/** Starts a server by one engine, or says why it cannot. */
export type StartEngine<Options, Server> = (
  options: Options,
) => Promise<Server | EngineUnavailable>;

/** A kind of server and the ways to get one. */
export interface ServerKind<Engine extends string, Options, Server> {
  readonly name: string;
  /** Loads the client package, so that its absence is told before a server is started. */
  readonly client: () => Promise<unknown>;
  /** In the order in which they are tried. */
  readonly engines: Readonly<Record<Engine, StartEngine<Options, Server>>>;
  /** What gives the engine `native` its programs where the machine has none. */
  readonly package: ServerPackage;
  /** What to do when there is no way. */
  readonly remedy: string;
}

/** Does an installation, or says why not. */
export type Install = (wanted: ServerPackage) => Promise<string | undefined>;

/**
 * Starts a server by the first engine that can, after an installation if no other way is open.
 *
 * @throws ServerUnavailableError `TIDINGS_TEST_SERVER_UNAVAILABLE` when no engine can be used.
 */
export async function startFirst<
  Engine extends string,
  Options extends StartServerOptions<Engine>,
  Server extends object,
>(
  kind: ServerKind<Engine, Options, Server>,
  options: Options,
  install: Install = installWithApt,
): Promise<Server> {
  const log = options.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
  await kind.client();
  const started = Date.now();
  const tried: string[] = [];

  const attempt = async (name: Engine): Promise<Server | undefined> => {
    const server = await kind.engines[name](options);
    if ('unavailable' in server) {
      tried.push(`${name}: ${server.unavailable}`);
      return undefined;
    }
    const trail = tried.length === 0 ? '' : ` (${tried.join('; ')})`;
    log(`${kind.name} for tests: ${name}, ready after ${Date.now() - started} ms${trail}`);
    return server;
  };

  const wanted = wantedEngines(Object.keys(kind.engines) as Engine[], options);
  for (const name of wanted) {
    const server = await attempt(name);
    if (server !== undefined) return server;
  }
  const native = wanted.find((name) => name === 'native');
  if (native !== undefined) {
    const refusal = await install(kind.package);
    tried.push(refusal ?? `${kind.package.name} was installed by apt-get`);
    const server = refusal === undefined ? await attempt(native) : undefined;
    if (server !== undefined) return server;
  }
  if (wanted.length === 0) tried.push('no engine is allowed');
  throw new ServerUnavailableError(kind.name, tried, kind.remedy);
}

function wantedEngines<Engine extends string>(
  all: readonly Engine[],
  { engines, crashable }: StartServerOptions<Engine>,
): readonly Engine[] {
  const named = process.env[ENGINES_VARIABLE]?.split(',').map((name) => name.trim()) ?? [];
  const allowed: readonly string[] | undefined =
    engines ?? (named.join('') === '' ? undefined : ['environment', ...named]);
  return all.filter(
    (name) =>
      (allowed === undefined || allowed.includes(name)) &&
      !(crashable === true && name === 'environment'),
  );
}
