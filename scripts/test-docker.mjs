// `npm run test:docker`: the tests of the private servers, and those of the adapters that need one, on
// servers in containers and on no other. Further arguments say which tests instead.
import { runTool } from './lib/run.mjs';
import { setUp } from './lib/set-up.mjs';
import { step } from './lib/step.mjs';

const selection = process.argv.slice(2);
const usual = ['packages/testing/test/servers', 'packages/persistence-', 'packages/messaging-'];

/** A server that is named in the environment would be used in place of a container. */
const environment = {
  TIDINGS_TEST_ENGINES: 'docker',
  TIDINGS_TEST_DATABASE_URL: '',
  TIDINGS_TEST_AMQP_URL: '',
};

await setUp();
const passed = await step('Tests on servers in containers', () =>
  runTool(
    'vitest/vitest.mjs',
    ['run', '--project', 'int', ...(selection.length > 0 ? selection : usual)],
    environment,
  ),
);
if (!passed) {
  console.error(
    'Should the servers not have started: `docker info` has to show an engine, and where no image can\n' +
      'be fetched, postgres:17-alpine, rabbitmq:4-management and the testcontainers/ryuk that the\n' +
      'installed version of Testcontainers names have to be there (`docker image ls`).',
  );
  process.exitCode = 1;
}
