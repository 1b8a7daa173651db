import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Document } from './documents.ts';
import { root } from './documents.ts';
import { blocksOf, type Block } from './markdown.ts';

/** A file of code that a page shows, in one block or several. */
export interface Snippet {
  readonly document: string;
  /** Relative to the folder of all snippets. */
  readonly file: string;
  /** Every line is on the line that it has in the page, so that errors can be found there. */
  readonly code: string;
  /** What it prints, where the page says that it runs. */
  readonly output: string | undefined;
}

/** Code by line, from line 0; lines without code are missing. */
interface File {
  readonly lines: (string | undefined)[];
  output: string | undefined;
}

/** Folder of its own for each user, below `examples` so that its dependencies are found. */
export class SnippetFolder {
  readonly path: string;

  constructor(name: string, snippets: readonly Snippet[]) {
    this.path = join(root, 'examples/.snippets', `${name}-${process.pid}`);
    for (const { file, code } of snippets) this.write(file, code);
  }

  write(file: string, text: string): void {
    const path = join(this.path, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/**
 * The TypeScript that a page shows, as files that compile.
 *
 * - A block is a module of its own. One whose first line is a comment `// name.ts` is the file of that
 *   name, which other blocks of the page may import.
 * - `<!-- ts continues -->` right before a block: it goes on where the one before it ended.
 * - `<!-- ts` with lines of code up to `-->`: the block begins with these lines, which readers do not see.
 * - `<!-- ts runs -->`: the file is also run, and prints what the next block of `text` shows.
 */
export function snippetsOf({ path, text }: Document): readonly Snippet[] {
  const blocks = blocksOf(text);
  const files = new Map<string, File>();
  const folder = path.replace(/\.md$/, '').replaceAll(/[^A-Za-z0-9]+/g, '-');
  let current: File | undefined;
  for (const [index, block] of blocks.entries()) {
    if (block.language !== 'ts') continue;
    const words = block.directive?.words ?? [];
    if (!words.includes('continues')) {
      current = { lines: [], output: undefined };
      const file = `${folder}/${nameOf(block)}`;
      if (files.has(file)) throw new Error(`${path}:${block.line}: ${file} is there already`);
      files.set(file, current);
    }
    if (current === undefined) throw new Error(`${path}:${block.line}: nothing to continue`);
    if (block.directive !== undefined) {
      put(current.lines, block.directive.hidden, block.directive.line);
    }
    put(current.lines, block.code, block.line);
    if (words.includes('runs')) current.output = outputAfter(blocks, index, path);
  }
  return [...files].map(([file, { lines, output }]) => ({
    document: path,
    file,
    // Also a block that imports and exports nothing is a module.
    code: `${Array.from(lines, (line) => line ?? '').join('\n')}\nexport {};\n`,
    output,
  }));
}

function nameOf(block: Block): string {
  return (
    /^\/\/ ([\w./-]+\.ts)\s*$/m.exec(block.code.split('\n')[0] ?? '')?.[1] ??
    `line-${block.line}.ts`
  );
}

/** Puts code at its line, counted from 1. */
function put(lines: (string | undefined)[], code: string, line: number): void {
  for (const [offset, text] of code.split('\n').entries()) lines[line - 1 + offset] = text;
}

function outputAfter(blocks: readonly Block[], index: number, path: string): string {
  const output = blocks.slice(index + 1).find(({ language }) => language === 'text');
  if (output === undefined)
    throw new Error(`${path}: no block shows what line ${blocks[index]?.line} prints`);
  return output.code;
}
