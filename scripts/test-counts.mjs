// Prints the counts of the last `npm test` as `N passed, N failed` and fails when a test failed or
// none ran.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/root.mjs';

/** @typedef {{ status: string, assertionResults: readonly { status: string }[] }} FileResult */

const report = join(root, '.reports/vitest.json');
/** @type {readonly FileResult[]} */
const files = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults : [];
const tests = files.flatMap((file) => file.assertionResults);

/** @param {string} status */
const count = (status) => tests.filter((test) => test.status === status).length;
/** A file that could not be loaded has no test to count, and is a failure all the same. */
const broken = files.filter(
  (file) =>
    file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
).length;

const passed = count('passed');
const failed = count('failed') + broken;
const skipped = tests.length - passed - count('failed');

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
if (failed > 0 || passed === 0) process.exitCode = 1;
