import { describe, expect, test } from 'vitest';

/**
 * `true` for what an adapter can do; otherwise the reason why it cannot, which the test run shows.
 */
export type Capability = true | string;

/** One behaviour that an adapter must have. */
export interface Row<Fixture, Name extends string> {
  /** Its number in the catalogue of behaviours, for example `P9`. */
  readonly id: string;
  /** What must hold, as a sentence. */
  readonly title: string;
  /** What the adapter must be able to do for this to make sense. */
  readonly needs?: readonly Name[];
  /** Default: that of the test runner. */
  readonly timeoutMs?: number;
  readonly run: (fixture: Fixture) => Promise<void>;
}

/** How an adapter lets itself be tested. */
export interface Harness<Fixture extends Disposable, Name extends string> {
  readonly capabilities: Readonly<Record<Name, Capability>>;
  /** Something of its own for each test: no two of them may see each other's data. */
  create(): Promise<Fixture>;
}

interface Disposable {
  /** Closes everything that the fixture opened, also what a failed test left open. */
  dispose(): Promise<void>;
}

/**
 * Defines one test per row. A row that the adapter declares itself unable to follow becomes a test as
 * well, which shows the reason and holds the adapter to its declaration.
 */
export function describeRows<Fixture extends Disposable, Name extends string>(
  name: string,
  harness: Harness<Fixture, Name>,
  rows: readonly Row<Fixture, Name>[],
): void {
  // oxlint-disable-next-line vitest/valid-title -- a string, says the type
  describe(name, () => {
    for (const row of rows) defineTest(row, harness);
  });
}

function defineTest<Fixture extends Disposable, Name extends string>(
  row: Row<Fixture, Name>,
  harness: Harness<Fixture, Name>,
): void {
  const reason = reasonAgainst(row, harness);
  const options = row.timeoutMs === undefined ? {} : { timeout: row.timeoutMs };
  // oxlint-disable-next-line vitest/no-conditional-tests -- both ways define a test
  if (reason === undefined) {
    // oxlint-disable-next-line vitest/expect-expect -- the row has the assertions
    test(`${row.id} ${row.title}`, options, () => runRow(row, harness));
    return;
  }
  test(`${row.id} not applicable: ${reason} (${row.title})`, () => {
    expect(reason).not.toBe('');
    expect(row.needs?.map((need) => harness.capabilities[need])).toContain(reason);
  });
}

/** The first declared reason why a row does not apply. */
export function reasonAgainst<Fixture extends Disposable, Name extends string>(
  row: Row<Fixture, Name>,
  { capabilities }: Harness<Fixture, Name>,
): string | undefined {
  return row.needs
    ?.map((need): Capability => capabilities[need])
    .find((value): value is Exclude<Capability, true> => value !== true);
}

/** Runs a row on a fixture of its own. */
export async function runRow<Fixture extends Disposable, Name extends string>(
  row: Row<Fixture, Name>,
  harness: Harness<Fixture, Name>,
): Promise<void> {
  const fixture = await harness.create();
  try {
    await row.run(fixture);
  } finally {
    await fixture.dispose();
  }
}
