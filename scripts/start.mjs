// `npm start` and `npm run demo`: sets up what is missing, then runs the reference application with
// the arguments that follow.
import { join } from 'node:path';
import { root } from './lib/root.mjs';
import { runApp } from './lib/run-app.mjs';
import { setUp } from './lib/set-up.mjs';

await setUp();
await runApp(join(root, 'apps/allocation/dist/main.js'), process.argv.slice(2));
