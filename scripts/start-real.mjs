// `npm run start:real`: the allocation service as it runs in production, where Docker cannot build:
// Postgres and RabbitMQ of its own, one API, two workers. All data go when it ends.
import { join } from 'node:path';
import { onEndSignal } from './lib/end-signals.mjs';
import { keepRunning } from './lib/keep-running.mjs';
import { root } from './lib/root.mjs';
import { setUp } from './lib/set-up.mjs';

await setUp();
const { startPostgres, startRabbitmq } = await import('@tidings/testing/servers');

/** @type {(line: string) => void} */
const write = (line) => void process.stdout.write(`${line}\n`);

/** @type {(() => void)[]} */
const kills = [];
let requests = 0;
/** @type {Promise<void>} */
const asked = new Promise((resolve) => {
  onEndSignal(() => {
    requests += 1;
    if (requests === 1) resolve();
    else for (const kill of kills) kill();
  });
});

// A server of one's own, whatever servers the environment names for tests.
const servers = await Promise.all([
  startPostgres({ crashable: true, log: write }),
  startRabbitmq({ crashable: true, log: write }),
]);
const [postgres, rabbitmq] = servers;
try {
  const database = await postgres.createDatabase('warehouse');
  const { url: broker } = await rabbitmq.createVhost('warehouse');

  /** @type {(name: string, role: string, env?: NodeJS.ProcessEnv) => ReturnType<typeof keepRunning>} */
  const start = (name, role, env) => {
    const program = keepRunning(
      {
        name: name.padEnd('worker-1'.length),
        script: join(root, 'apps/allocation/dist/main.js'),
        args: [role],
        env: { ...process.env, DATABASE_URL: database, AMQP_URL: broker, ...env },
      },
      write,
    );
    kills.push(program.kill);
    return program;
  };
  const api = start('api', 'api');
  const workers = [1, 2].map((number) => start(`worker-${number}`, 'worker', { PORT: '0' }));
  try {
    const up = Promise.all([api, ...workers].map((program) => program.up));
    const isUp = await Promise.race([up.then(() => true), asked.then(() => false)]);
    if (isUp) {
      const { origin, username, password } = new URL(rabbitmq.managementUrl);
      write(`
The allocation service runs: one API, two workers, on Postgres and RabbitMQ.
  API         ${await api.up} (its description: /docs)
  RabbitMQ    ${origin} (user ${username}, password ${password})
  broker      ${broker}
  database    ${database}
All data go when it ends. Ctrl-C ends everything.
`);
    }
    await asked;
  } finally {
    // Whoever asks first ends first: nobody waits for an answer that no worker gives any more.
    await api.stop();
    await Promise.all(workers.map((worker) => worker.stop()));
  }
} catch (error) {
  write(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  write('The servers end.');
  await Promise.all(servers.map((server) => server.stop()));
}
