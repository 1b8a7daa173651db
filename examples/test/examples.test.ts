import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { root } from './support/documents.ts';
import { outputOf } from './support/run-program.ts';

const programs = join(root, 'examples/src');
const outputs = join(root, 'examples/output');
const names = readdirSync(programs).map((file) => file.replace(/\.ts$/, ''));

describe('the examples', () => {
  it('have an expected output each', () => {
    expect(readdirSync(outputs).map((file) => file.replace(/\.txt$/, ''))).toEqual(names);
  });

  it.each(names)('%s prints what is expected', { timeout: 120_000 }, async (name) => {
    const expected = readFileSync(join(outputs, `${name}.txt`), 'utf8').trimEnd();
    expect(await outputOf(join(programs, `${name}.ts`))).toBe(expected);
  });
});
