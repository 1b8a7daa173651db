/** A fenced block of code. */
export interface Block {
  /** What comes after the fence, for example `ts`. */
  readonly language: string;
  readonly code: string;
  /** Line of the first line of code, from 1. */
  readonly line: number;
  /** What a comment `<!-- ts … -->` right before the block says about it. */
  readonly directive: Directive | undefined;
}

interface Directive {
  readonly words: readonly string[];
  /** Code that readers need not see: imports and declarations. */
  readonly hidden: string;
  /** Line of the first hidden line of code, from 1. */
  readonly line: number;
}

const DIRECTIVE_WORDS = ['continues', 'runs'];

/**
 * The fenced blocks of a page.
 *
 * @throws Error for a fence that never ends, and for a directive that belongs to no block
 */
export function blocksOf(text: string): readonly Block[] {
  const lines = text.split('\n');
  const blocks: Block[] = [];
  let directive: Directive | undefined;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const fence = /^( *)(`{3,})(.*)$/.exec(line);
    if (fence !== null) {
      const [, indent = '', ticks = '', language = ''] = fence;
      const end = lines.findIndex((other, at) => at > index && other.trim() === ticks);
      if (end < 0) throw new Error(`the fence of line ${index + 1} never ends`);
      const code = lines.slice(index + 1, end).map((inner) => inner.slice(indent.length));
      blocks.push({
        language: language.trim(),
        code: code.join('\n'),
        line: index + 2,
        directive,
      });
      directive = undefined;
      index = end;
    } else if (line.startsWith('<!-- ts')) {
      const end = lines.findIndex((other, at) => at >= index && other.includes('-->'));
      if (end < 0) throw new Error(`the comment of line ${index + 1} never ends`);
      directive = directiveOf(lines.slice(index, end + 1), index + 1);
      index = end;
    } else if (line.trim() !== '' && directive !== undefined) {
      throw new Error(`the comment before line ${index + 1} belongs to no block`);
    }
  }
  return blocks;
}

function directiveOf(lines: readonly string[], line: number): Directive {
  const [first = '', ...others] = lines;
  const words = first
    .replace('<!-- ts', '')
    .replace('-->', '')
    .split(' ')
    .filter((word) => word !== '');
  const unknown = words.find((word) => !DIRECTIVE_WORDS.includes(word));
  if (unknown !== undefined) throw new Error(`line ${line}: there is no directive "${unknown}"`);
  return { words, hidden: others.join('\n').replace('-->', ''), line: line + 1 };
}

/** Where a page links to, without what is in its code. */
export function linksOf(text: string): readonly string[] {
  const prose = text.replaceAll(/^ *(`{3,})[\s\S]*?^ *\1 *$/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)].map(([, target = '']) => target);
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(text: string): readonly string[] {
  const prose = text.replaceAll(/^ *(`{3,})[\s\S]*?^ *\1 *$/gm, '');
  return [...prose.matchAll(/^#{1,6} +(.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** The rows of a page's tables: the texts of their cells. Headings and the lines below them are left out. */
export function tableRowsOf(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  return lines
    .filter((line, index) => isRow(line) && !isRule(line) && !isRule(lines[index + 1] ?? ''))
    .map((line) =>
      line
        .replaceAll('\\|', '\0')
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('\0', '|')),
    );
}

function isRow(line: string): boolean {
  return line.startsWith('|');
}

function isRule(line: string): boolean {
  return /^\|[\s:|-]+\|$/.test(line);
}
