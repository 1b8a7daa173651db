import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { documents, root } from './support/documents.ts';
import { anchorsOf, blocksOf, linksOf } from './support/markdown.ts';
import { outputOf } from './support/run-program.ts';
import { SnippetFolder, snippetsOf } from './support/snippets.ts';

const pages = documents();
const snippets = pages.flatMap(snippetsOf);
const folder = new SnippetFolder('documentation', snippets);
afterAll(() => folder.remove());

/** TypeScript goes by the name `ts` only, so that none of it escapes the compiler. */
const LANGUAGES = ['ts', 'sh', 'sql', 'json', 'text', 'mermaid', 'http', 'csv', 'yaml', 'python'];

describe('the documentation', () => {
  it('says of every block of code what it is', () => {
    const unknown = pages.flatMap(({ path, text }) =>
      blocksOf(text)
        .filter(({ language }) => !LANGUAGES.includes(language))
        .map(({ line, language }) => `${path}:${line} "${language}"`),
    );
    expect(unknown).toEqual([]);
  });

  it('shows TypeScript that compiles', { timeout: 120_000 }, () => {
    expect(snippets.length).toBeGreaterThan(40);
    folder.write('tsconfig.json', JSON.stringify(configOfSnippets()));
    const { status, stdout, error } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder.path, '--pretty', 'false'],
      { encoding: 'utf8', cwd: folder.path },
    );
    expect(error).toBeUndefined();
    // What the packages themselves get wrong is for their own checks to say.
    const faults = stdout.split('\n').filter((line) => isOfSnippet(line));
    expect(faults.map(atItsPage)).toEqual([]);
    // A compiler that could not even begin says nothing of any file.
    expect(status === 0 || stdout.includes('error TS')).toBe(true);
  });

  it('shows the quick start of the examples in the main README', () => {
    const program = readFileSync(join(root, 'examples/src/quick-start.ts'), 'utf8').trimEnd();
    const readme = pages.find(({ path }) => path === 'README.md');
    expect(blocksOf(readme?.text ?? '').map(({ code }) => code)).toContain(program);
  });

  it('links to files and headings that are there', () => {
    const broken = pages.flatMap(({ path, text }) =>
      linksOf(text)
        .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(path, target))
        .map((target) => `${path} → ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it.each(snippets.filter(({ output }) => output !== undefined))(
    'shows what $file prints',
    { timeout: 120_000 },
    async ({ file, output }) => {
      expect(await outputOf(join(folder.path, file))).toBe(output);
    },
  );
});

function configOfSnippets(): object {
  return {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: { noEmit: true, typeRoots: [join(root, 'node_modules/@types')] },
    include: ['**/*.ts'],
  };
}

function isOfSnippet(line: string): boolean {
  return snippets.some(({ file }) => line.startsWith(`${file}(`)) || line.startsWith('error');
}

/** `docs-guides-messages/line-12.ts(14,3): …` is an error in line 14 of the page. */
function atItsPage(line: string): string {
  const snippet = snippets.find(({ file }) => line.startsWith(`${file}(`));
  if (snippet === undefined) return line;
  return line.replace(snippet.file, snippet.document);
}

function leadsSomewhere(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? join(root, from) : join(root, dirname(from), file);
  if (!existsSync(path)) return false;
  if (anchor === undefined || statSync(path).isDirectory()) return true;
  return anchorsOf(readFileSync(path, 'utf8')).includes(anchor);
}
