import { installDependencies } from './install.mjs';
import { requireSupportedNode } from './node-version.mjs';
import { runTool } from './run.mjs';
import { step } from './step.mjs';

/**
 * Makes a clone ready to run: right Node, dependencies, build. Whatever is up to date is left alone.
 * Ends the process when that cannot be done.
 */
export async function setUp() {
  requireSupportedNode();
  const ready =
    (await installDependencies()) &&
    (await step('Building', () => runTool('typescript/bin/tsc', ['-b'])));
  if (!ready) process.exit(1);
}
