import { StartError } from '../start-error.ts';

/** The environment holds settings that cannot be used; all faults are listed. */
export class SettingsError extends StartError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`These settings cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}
