import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { filesIn, packAll, packageNames, packedProject } from './packed-project.ts';

let tarballs: string;

beforeAll(() => {
  tarballs = packAll();
});

afterAll(() => {
  rmSync(tarballs, { recursive: true, force: true });
});

it('packs every package with its licence, sources and build, and without tests', () => {
  const archives = readdirSync(tarballs);
  expect(archives).toHaveLength(packageNames().length);
  for (const archive of archives) {
    const files = filesIn(join(tarballs, archive));
    expect(files).toEqual(
      expect.arrayContaining([
        'package/LICENSE',
        'package/dist/index.d.ts',
        'package/dist/index.js',
        'package/src/index.ts',
      ]),
    );
    expect(files.filter((file) => /\.test\.|\.tsbuildinfo|node_modules/.test(file))).toEqual([]);
  }
});

it('domain, core and in-memory compile and run in an empty project, and bring nothing but croner', () => {
  const project = packedProject(
    tarballs,
    ['stock.ts', 'in-memory.ts'],
    ['domain', 'core', 'in-memory'],
    [],
  );
  try {
    project.typeCheck();
    expect(project.run('in-memory.js')).toEqual({ onHand: 5, told: ['LAMP +2', 'LAMP +3'] });
    expect(project.installed()).toEqual([
      '@tidings/core',
      '@tidings/domain',
      '@tidings/in-memory',
      '@types/node',
      'croner',
      'undici-types',
    ]);
  } finally {
    project.remove();
  }
});

it('persistence-knex compiles and runs in an empty project with its peers, on PGlite', () => {
  const project = packedProject(
    tarballs,
    ['stock.ts', 'persistence-knex.ts'],
    ['domain', 'core', 'in-memory', 'persistence-knex'],
    ['knex', '@electric-sql/pglite', 'knex-pglite'],
  );
  try {
    project.typeCheck();
    expect(project.run('persistence-knex.js')).toEqual({ onHand: 5, told: ['LAMP +2', 'LAMP +3'] });
  } finally {
    project.remove();
  }
});

it('persistence-knex and messaging-postgres are a store and a transport without a broker, on PGlite', () => {
  const project = packedProject(
    tarballs,
    ['stock.ts', 'messaging-postgres.ts'],
    ['domain', 'core', 'persistence-knex', 'messaging-postgres'],
    ['knex', '@electric-sql/pglite', 'knex-pglite'],
  );
  try {
    project.typeCheck();
    expect(project.run('messaging-postgres.js')).toEqual({
      onHand: 5,
      told: ['LAMP +2', 'LAMP +3'],
    });
  } finally {
    project.remove();
  }
});
