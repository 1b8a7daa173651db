/** What one contender achieved in one round, by the name of what was measured. */
export type Measurement = Readonly<Record<string, number>>;

/** One way of doing the work that is compared. */
export interface Contender<Settings> {
  readonly name: string;
  /** What it does for each piece of work, and what is awaited. */
  readonly does: string;
  /** Loads the code only where it runs, so that no contender pays for another's modules. */
  readonly load: () => Promise<(settings: Settings) => Promise<Measurement>>;
}
