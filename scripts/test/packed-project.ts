import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../lib/root.mjs';
import { output } from './output.ts';

const fixtures = join(root, 'scripts/test/fixtures/packing');

/** Builds all packages and packs them as they would be published. */
export function packAll(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-tarballs-'));
  const builds = packageNames().map((name) => `packages/${name}/tsconfig.build.json`);
  node(root, [tsc, '-b', ...builds]);
  pnpm(root, ['--recursive', '--filter', './packages/*', 'pack', '--pack-destination', folder]);
  return folder;
}

/** Files in an archive. */
export function filesIn(tarball: string): readonly string[] {
  return output('tar', ['-tzf', tarball], root).trim().split('\n');
}

/** Names of the packages' folders. */
export function packageNames(): readonly string[] {
  return readdirSync(join(root, 'packages'));
}

/** A project of its own, outside of the workspace, that has installed packages from archives. */
export interface PackedProject {
  readonly folder: string;
  /** Compiles strictly, libraries' types included. @throws With the compiler's words. */
  typeCheck(): void;
  /** Runs a compiled program and gives the last line that it printed, read as JSON. */
  run(program: string): unknown;
  /** Names of all packages that are there, those that others brought included. */
  installed(): readonly string[];
  remove(): void;
}

/**
 * @param tarballs Folder with the archives of all packages.
 * @param programs Fixtures to copy.
 * @param own Packages of ours to install.
 * @param others Packages of others to install; the versions are those of the workspace.
 */
export function packedProject(
  tarballs: string,
  programs: readonly string[],
  own: readonly string[],
  others: readonly string[],
): PackedProject {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-packed-'));
  const write = (name: string, content: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify(content));
  const archive = (name: string): string => `file:${join(tarballs, `tidings-${name}-0.1.0.tgz`)}`;

  write('package.json', {
    type: 'module',
    dependencies: {
      ...Object.fromEntries(own.map((name) => [`@tidings/${name}`, archive(name)])),
      ...Object.fromEntries(others.map((name) => [name, installedVersion(name)])),
    },
    devDependencies: { '@types/node': installedVersion('@types/node') },
  });
  // JSON is YAML. What our packages ask of each other comes from the archives too, not from a registry.
  write('pnpm-workspace.yaml', {
    overrides: Object.fromEntries(
      packageNames().map((name) => [`@tidings/${name}`, archive(name)]),
    ),
  });
  write('tsconfig.json', {
    compilerOptions: {
      target: 'ES2023',
      module: 'NodeNext',
      strict: true,
      exactOptionalPropertyTypes: true,
      types: ['node'],
      // The types of packages of others are theirs to answer for.
      skipLibCheck: others.length > 0,
      rewriteRelativeImportExtensions: true,
      rootDir: '.',
      outDir: 'dist',
    },
    include: ['*.ts'],
  });
  for (const program of programs) cpSync(join(fixtures, program), join(folder, program));
  pnpm(folder, ['install', '--prefer-offline', '--ignore-scripts']);

  return {
    folder,
    typeCheck: () => {
      node(folder, [tsc, '-p', folder]);
    },
    run: (program) => {
      const printed = node(folder, [join('dist', program)]);
      // The lines before are the application's log.
      return JSON.parse(printed.trim().split('\n').at(-1) ?? '');
    },
    installed: () =>
      readdirSync(join(folder, 'node_modules/.pnpm'))
        .filter((entry) => entry.includes('@'))
        .map((entry) => entry.replace(/(?<=.)@.*/, '').replace('+', '/'))
        .toSorted(),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const tsc = join(root, 'node_modules/typescript/bin/tsc');

function pnpm(folder: string, args: readonly string[]): void {
  const { packageManager } = manifest(join(root, 'package.json'));
  // As in scripts/lib/pnpm.mjs: by name, for a run inside another npx.
  output('npx', ['--yes', `--package=${String(packageManager)}`, '--', 'pnpm', ...args], folder);
}

function node(folder: string, args: readonly string[]): string {
  return output(process.execPath, args, folder);
}

/** The version that some package of the workspace uses. */
function installedVersion(name: string): string {
  const holders = [root, ...packageNames().map((own) => join(root, 'packages', own))];
  for (const holder of holders) {
    try {
      return String(manifest(join(holder, 'node_modules', name, 'package.json'))['version']);
    } catch {
      // Another package of the workspace may use it.
    }
  }
  throw new Error(`no package of the workspace uses ${name}`);
}

function manifest(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}
