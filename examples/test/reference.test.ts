import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { filesUnder, root } from './support/documents.ts';
import { tableRowsOf } from './support/markdown.ts';

/** Names that look like codes: the environment variables of the packages. */
const ENVIRONMENT_VARIABLES = [
  'TIDINGS_TEST_AMQP_MANAGEMENT_URL',
  'TIDINGS_TEST_AMQP_URL',
  'TIDINGS_TEST_DATABASE_URL',
  'TIDINGS_TEST_ENGINES',
];

describe('the reference', () => {
  it('lists every code that the packages throw, and no other', () => {
    const thrown = found('packages', /'(TIDINGS_[A-Z_]+)'/g).filter(
      (name) => !ENVIRONMENT_VARIABLES.includes(name),
    );
    expect(listed('docs/reference/errors.md')).toEqual(thrown);
  });

  it('says what every code means and what to do about it', () => {
    const incomplete = tableRowsOf(read('docs/reference/errors.md'))
      .filter((cells) => cells.length !== 3 || cells.some((cell) => cell.length < 8))
      .map(([code]) => code);
    expect(incomplete).toEqual([]);
  });

  it('lists every reason of a dead letter that is given, and no other', () => {
    const reasons = listed('docs/reference/dead-letter-reasons.md');
    const given = [
      ...found('packages/core/src', /UndecodableMessageError\(\s*'([a-z-]+)'/g),
      ...found('packages/core/src', /reason: '([a-z-]+)'/g),
      ...found('packages/messaging-postgres/src', /unreadable\('([a-z-]+)'/g),
      ...found('packages/messaging-rabbitmq/src', /UnreadableError\(\s*'([a-z-]+)'/g),
      ...found('packages/messaging-rabbitmq/src', /\['[a-z_]+', '([a-z-]+)'\],/g),
    ];
    expect(given.length).toBeGreaterThan(5);
    expect(reasons).toEqual(expect.arrayContaining(given));
    expect(found('packages', /'([a-z]+(?:-[a-z]+)*)'/g)).toEqual(
      expect.arrayContaining(reasons.filter((reason) => !reason.includes(':'))),
    );
  });

  it('lists every table of the schemas, and no other', () => {
    const table = /create (?:unlogged )?table (?:if not exists )?\$\{?[sS]\}?\.([a-z_]+)/g;
    const store = found('packages/persistence-knex/src/migrations', table);
    expect(listed('docs/reference/schema.md')).toEqual(store);
    const transport = found('packages/messaging-postgres/src/schema', table);
    expect(listed('docs/reference/messaging-schema.md')).toEqual(transport);
  });
});

/** What `pattern` captures in the sources of a folder, tests left out: sorted, each once. */
function found(folder: string, pattern: RegExp): readonly string[] {
  const names = filesUnder(folder)
    .filter((path) => /^packages\/[^/]+\/src\/.*(?<!\.test)\.ts$/.test(path))
    .flatMap((path) => [...read(path).matchAll(pattern)].map(([, name = '']) => name));
  return [...new Set(names)].toSorted();
}

/** The names in the first column of a page's tables, sorted. */
function listed(path: string): readonly string[] {
  return tableRowsOf(read(path))
    .map(([first = '']) => first.replaceAll('`', ''))
    .toSorted();
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
