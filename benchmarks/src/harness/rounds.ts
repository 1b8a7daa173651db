import type { Measurement } from './contender.ts';
import { inOwnProcess } from './in-own-process.ts';
import { ratios, summarise, type Summary } from './statistics.ts';

/** One contender under one set of conditions. */
export interface Entry<Settings> {
  readonly contender: string;
  /** Names the conditions, where there are several. */
  readonly variant: string;
  readonly settings: Settings;
}

/** What one contender achieved under one set of conditions, by rounds. */
export interface Measured {
  readonly contender: string;
  readonly variant: string;
  readonly rounds: readonly Measurement[];
}

/** What was measured in all rounds. */
export class Results {
  readonly #measured = new Map<string, Measured>();

  add({ contender, variant }: Entry<unknown>, measurement: Measurement): void {
    const key = keyOf(contender, variant);
    const rounds = [...(this.#measured.get(key)?.rounds ?? []), measurement];
    this.#measured.set(key, { contender, variant, rounds });
  }

  get all(): readonly Measured[] {
    return [...this.#measured.values()];
  }

  summary(contender: string, variant: string, quantity: string): Summary {
    return summarise(this.#values(contender, variant, quantity));
  }

  /** The ratio of one contender to another, formed within each round. */
  ratio(quantity: string, [one, oneVariant]: Place, [other, otherVariant]: Place): Summary {
    return summarise(
      ratios(this.#values(one, oneVariant, quantity), this.#values(other, otherVariant, quantity)),
    );
  }

  #values(contender: string, variant: string, quantity: string): readonly number[] {
    const rounds = this.#measured.get(keyOf(contender, variant))?.rounds ?? [];
    return rounds.map((measurement) => measurement[quantity] ?? Number.NaN);
  }
}

/** A contender and a variant. */
export type Place = readonly [contender: string, variant: string];

/** Measures every entry once in each round, in another order each time. */
export async function inRounds<Settings>(
  entries: readonly Entry<Settings>[],
  rounds: number,
  prepare: (settings: Settings) => Promise<Settings> = (settings) => Promise.resolve(settings),
): Promise<Results> {
  const results = new Results();
  for (let round = 1; round <= rounds; round += 1) {
    for (const entry of shuffled(entries)) {
      process.stderr.write(`round ${round} of ${rounds}: ${entry.contender} ${entry.variant}\n`);
      const settings = await prepare(entry.settings);
      results.add(entry, await inOwnProcess({ contender: entry.contender, settings }));
    }
  }
  return results;
}

function shuffled<T>(list: readonly T[]): readonly T[] {
  return list
    .map((item) => ({ item, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function keyOf(contender: string, variant: string): string {
  return `${contender}\n${variant}`;
}
