import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the whole project. */
export const root: string = fileURLToPath(new URL('../../..', import.meta.url));

/** A page of documentation. */
export interface Document {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Every page that is checked, in the order of their paths. */
export function documents(): readonly Document[] {
  const readmes = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}/README.md`),
  );
  const pages = filesUnder('docs').filter((path) => path.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', 'examples/README.md', ...readmes, ...pages]
    .filter((path) => existsSync(join(root, path)))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** The files in a folder and its folders, relative to the root, with `/`. */
export function filesUnder(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
