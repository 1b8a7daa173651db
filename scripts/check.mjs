// `npm run check`: everything that can be said about the code without running its tests.
import { runChecks } from './lib/checks.mjs';
import { setUp } from './lib/set-up.mjs';

await setUp();
process.exitCode = (await runChecks()) ? 0 : 1;
