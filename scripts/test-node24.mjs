// Runs the whole suite on Node 24, whatever Node runs this: the npm package `node` brings the binary.
import { run } from './lib/run.mjs';

process.exitCode = await run('npx', [
  '--yes',
  '-p',
  'node@24',
  '--',
  'node',
  'scripts/test.mjs',
  ...process.argv.slice(2),
]);
