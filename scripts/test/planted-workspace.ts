import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../lib/root.mjs';

const configuration = [
  'package.json',
  'pnpm-lock.yaml',
  'pnpm-workspace.yaml',
  'tsconfig.base.json',
  'turbo.json',
];
const packages = [
  'domain',
  'core',
  'in-memory',
  'persistence-knex',
  'messaging-rabbitmq',
  'messaging-postgres',
  'inversify',
  'testing',
];

/** A temporary copy of the workspace's configuration whose packages hold only what a test plants. */
export interface PlantedWorkspace {
  readonly folder: string;
  plant(path: string, source: string): void;
  remove(): void;
}

export function plantedWorkspace(): PlantedWorkspace {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-layers-'));
  for (const name of configuration) cpSync(join(root, name), join(folder, name));
  // The layer rule needs no types, and a type-aware run would read every dependency's.
  const lint = readFileSync(join(root, '.oxlintrc.json'), 'utf8');
  writeFileSync(
    join(folder, '.oxlintrc.json'),
    lint.replace('"typeAware": true', '"typeAware": false'),
  );
  for (const name of packages) {
    for (const file of ['package.json', 'tsconfig.json']) {
      const path = join('packages', name, file);
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      cpSync(join(root, path), join(folder, path));
    }
  }
  return {
    folder,
    plant: (path, source) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), `${source}\n`);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
