import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** The program as it ships. */
export const MAIN = path('../../dist/main.js');

let built: Promise<unknown> | undefined;

/** Makes sure that the build is that of the sources: the tests start it as a process. */
export async function ensureBuilt(): Promise<void> {
  built ??= promisify(execFile)(process.execPath, [
    path('../../../../node_modules/typescript/bin/tsc'),
    '-b',
    path('../../tsconfig.build.json'),
  ]);
  await built;
}
