import { afterEach, expect, test, vi } from 'vitest';
import { ServerUnavailableError } from './server-errors.ts';
import { startFirst, type ServerKind, type StartServerOptions } from './start-first.ts';

type Engine = 'environment' | 'docker' | 'native';
interface Server {
  readonly engine: Engine;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A kind of server of which these engines are there; `native` once something was installed. */
function kindOf(
  ...there: readonly Engine[]
): ServerKind<Engine, StartServerOptions<Engine>, Server> {
  const engine = (name: Engine) => async () =>
    there.includes(name) ? { engine: name } : { unavailable: `no ${name} here` };
  return {
    name: 'Server',
    client: () => Promise.resolve(),
    engines: {
      environment: engine('environment'),
      docker: engine('docker'),
      native: engine('native'),
    },
    package: { name: 'server', service: 'server' },
    remedy: 'Install Server.',
  };
}

const cannotInstall = (): Promise<string> => Promise.resolve('not installed, for want of apt-get');
const quiet: StartServerOptions<Engine> = { log: () => {} };

test('the first engine that is there starts the server, and one line says what was tried', async () => {
  const lines: string[] = [];
  const server = await startFirst(kindOf('native'), { log: (line) => lines.push(line) });

  expect(server).toEqual({ engine: 'native' });
  expect(lines).toEqual([
    expect.stringMatching(
      /^Server for tests: native, ready after \d+ ms \(environment: no environment here; docker: no docker here\)$/,
    ),
  ]);
});

test('a server that will be crashed is never one that the environment names', async () => {
  const kind = kindOf('environment', 'docker');

  expect(await startFirst(kind, quiet)).toEqual({ engine: 'environment' });
  expect(await startFirst(kind, { ...quiet, crashable: true })).toEqual({ engine: 'docker' });
});

test('the environment limits the engines, and the caller does so before it', async () => {
  const kind = kindOf('docker', 'native');
  vi.stubEnv('TIDINGS_TEST_ENGINES', 'native');

  expect(await startFirst(kind, quiet)).toEqual({ engine: 'native' });
  expect(await startFirst(kind, { ...quiet, engines: ['docker'] })).toEqual({ engine: 'docker' });

  vi.stubEnv('TIDINGS_TEST_ENGINES', 'docker');
  await expect(startFirst(kindOf('native'), quiet)).rejects.toThrow(
    'Cannot start Server for tests: environment: no environment here; docker: no docker here. Install Server.',
  );
});

test('where no engine is there the server is installed, and then started', async () => {
  const there: Engine[] = [];
  const installed: string[] = [];
  const lines: string[] = [];
  const kind = kindOf();
  const native = kind.engines.native;
  const server = await startFirst(
    {
      ...kind,
      engines: {
        ...kind.engines,
        native: (options) =>
          there.includes('native') ? Promise.resolve({ engine: 'native' }) : native(options),
      },
    },
    { log: (line) => lines.push(line) },
    (wanted) => {
      installed.push(wanted.name);
      there.push('native');
      return Promise.resolve(undefined);
    },
  );

  expect(server).toEqual({ engine: 'native' });
  expect(installed).toEqual(['server']);
  expect(lines[0]).toContain('server was installed by apt-get');
});

test('where nothing can be done the error says why, of every engine, and what to do', async () => {
  const starting = startFirst(kindOf(), quiet, cannotInstall);

  await expect(starting).rejects.toBeInstanceOf(ServerUnavailableError);
  await expect(starting).rejects.toThrow(
    'Cannot start Server for tests: environment: no environment here; docker: no docker here; ' +
      'native: no native here; not installed, for want of apt-get. Install Server.',
  );
});

test('nothing is installed for an engine that is not wanted', async () => {
  const starting = startFirst(kindOf(), { ...quiet, engines: ['docker'] }, () => {
    throw new Error('installed');
  });

  await expect(starting).rejects.toThrow(/docker: no docker here/);
});

test('a client package that is missing is told before a server is started', async () => {
  const kind = { ...kindOf('native'), client: () => Promise.reject(new Error('no package')) };

  await expect(startFirst(kind, quiet)).rejects.toThrow('no package');
});
