// Prints the counts of the last `npm test` as `N passed, N failed` and fails when a test failed or
// none ran.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/root.mjs';

const report = join(root, '.reports/vitest.json');
const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
const passed = counts.numPassedTests ?? 0;
// A file that could not even be loaded has no tests to count, and is a failure all the same.
const failed = Math.max(counts.numFailedTests ?? 0, counts.numFailedTestSuites ?? 0);
const skipped = (counts.numPendingTests ?? 0) + (counts.numTodoTests ?? 0);

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
if (failed > 0 || passed === 0) process.exitCode = 1;
