// `npm test`: sets up what is missing, checks the code, runs every test. Further arguments go to the
// test runner and leave out the checks: `npm test -- packages/core`.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from './lib/checks.mjs';
import { root } from './lib/root.mjs';
import { runTool } from './lib/run.mjs';
import { setUp } from './lib/set-up.mjs';
import { step } from './lib/step.mjs';

const report = '.reports/vitest.json';
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const selection = process.argv.slice(2);

await setUp();
rmSync(join(root, report), { force: true });
const checked = selection.length > 0 || (await runChecks());
const tested = await step('Tests', () =>
  runTool('vitest/vitest.mjs', ['run', ...reporters, ...selection]),
);
process.exitCode = checked && tested ? 0 : 1;
