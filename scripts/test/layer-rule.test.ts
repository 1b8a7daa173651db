import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../lib/root.mjs';
import { plantedWorkspace, type PlantedWorkspace } from './planted-workspace.ts';

/** File, what it imports, and whether the layer rule lets it. */
const imports: readonly (readonly [file: string, specifier: string, allowed: boolean])[] = [
  ['domain/src/planted.ts', './other.ts', true],
  ['domain/src/planted.ts', '@tidings/core', false],
  ['domain/src/planted.ts', 'zod', false],
  ['domain/src/planted.ts', 'node:crypto', false],
  ['core/src/bus/planted.ts', '@tidings/domain', true],
  ['core/src/bus/planted.ts', 'node:timers/promises', true],
  ['core/src/schedules/planted.ts', 'croner', true],
  ['domain/src/planted.ts', 'croner', false],
  ['core/src/bus/planted.ts', '@tidings/in-memory', false],
  ['core/src/bus/planted.ts', 'knex', false],
  ['core/src/bus/planted.ts', 'inversify', false],
  ['core/src/bus/planted.ts', 'zod', false],
  ['core/src/bus/planted.ts', 'pg/lib/utils', false],
  ['in-memory/src/planted.ts', '@tidings/core', true],
  ['in-memory/src/planted.ts', '@tidings/persistence-knex', false],
  ['persistence-knex/src/planted.ts', 'knex', true],
  ['persistence-knex/src/planted.ts', '@electric-sql/pglite', true],
  ['persistence-knex/src/planted.ts', '@tidings/in-memory', false],
  ['persistence-knex/src/planted.ts', 'inversify', false],
  ['messaging-rabbitmq/src/planted.ts', 'amqplib', true],
  ['messaging-rabbitmq/src/planted.ts', '@tidings/persistence-knex', false],
  ['messaging-postgres/src/planted.ts', 'knex', true],
  ['messaging-postgres/src/planted.ts', 'pg', false],
  ['messaging-postgres/src/planted.ts', '@tidings/persistence-knex', false],
  ['testing/src/planted.ts', '@tidings/in-memory', true],
  ['testing/src/planted.ts', '@tidings/persistence-knex', false],
  ['inversify/src/planted.ts', 'inversify', true],
  ['inversify/src/planted.ts', '@tidings/in-memory', false],
  ['inversify/src/in-memory.ts', '@tidings/in-memory', true],
  ['inversify/src/in-memory.ts', '@tidings/persistence-knex', false],
  ['inversify/src/persistence-knex.ts', '@tidings/persistence-knex', true],
  ['inversify/src/persistence-knex.ts', '@tidings/in-memory', false],
  ['inversify/src/messaging-rabbitmq.ts', '@tidings/messaging-rabbitmq', true],
  ['inversify/src/messaging-rabbitmq.ts', '@tidings/persistence-knex', false],
  ['inversify/src/messaging-postgres.ts', '@tidings/messaging-postgres', true],
  ['inversify/src/messaging-postgres.ts', '@tidings/messaging-rabbitmq', false],
  ['core/test/planted.test.ts', '../../domain/src/index.ts', false],
];

const adapters = [
  'in-memory',
  'persistence-knex',
  'messaging-rabbitmq',
  'messaging-postgres',
  'testing',
  'inversify',
];

let workspace: PlantedWorkspace;

beforeEach(() => {
  workspace = plantedWorkspace();
});

afterEach(() => {
  workspace.remove();
});

describe('the layer rule', () => {
  it.each(imports)('%s importing %s: allowed %s', (file, specifier, allowed) => {
    workspace.plant(`packages/${file}`, `export * from '${specifier}';`);

    const { output } = runTool('oxlint/bin/oxlint', ['-f', 'unix', 'packages']);

    expect(output.includes(`'${specifier}' import is restricted`)).toBe(!allowed);
  });

  it('refuses a cycle of files', () => {
    workspace.plant('packages/core/src/left.ts', "export { right } from './right.ts';");
    workspace.plant('packages/core/src/right.ts', "export { left as right } from './left.ts';");

    expect(runTool('oxlint/bin/oxlint', ['-f', 'unix', 'packages']).output).toContain(
      'import(no-cycle)',
    );
  });

  it('refuses what is not declared, and the folder of another package, also if imported late', () => {
    workspace.plant('packages/core/src/late.ts', "export const driver = import('pg');");
    workspace.plant('packages/core/src/deep.ts', "export * from '../../domain/src/index.ts';");

    const { code, output } = runTool('turbo/bin/turbo', ['boundaries', '--cwd', workspace.folder]);

    expect(code).toBe(1);
    expect(output).toContain('cannot import package `pg`');
    expect(output).toContain('leaves the package');
  });

  it('holds for what the packages ask to be installed', () => {
    expect(runtimeDependencies('domain')).toEqual([]);
    expect(runtimeDependencies('core')).toEqual(['@tidings/domain', 'croner']);
    for (const name of adapters) {
      const others = runtimeDependencies(name).filter((other) => !other.startsWith('@tidings/'));
      expect(others, `third-party dependencies of ${name}`).toEqual([]);
    }
  });
});

function runTool(script: string, args: readonly string[]): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules', script), ...args],
    {
      cwd: workspace.folder,
      encoding: 'utf8',
      timeout: 30_000,
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
    },
  );
  return { code: status, output: stdout + stderr };
}

function runtimeDependencies(name: string): readonly string[] {
  const manifest = JSON.parse(
    readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'),
  ) as { dependencies?: Record<string, string> };
  return Object.keys(manifest.dependencies ?? {});
}
