import type { Executor } from '../execution/executor.ts';
import type { Due, ScheduledMessages } from '../ports/scheduled-messages.ts';
import { ReleaseRunner } from '../scheduled/release-runner.ts';
import { ScheduleOffice } from '../schedules/schedule-office.ts';
import { ScheduleRunner } from '../schedules/schedule-runner.ts';
import type { Composition } from './compose.ts';

export interface TimekeeperDependencies extends Pick<
  Composition,
  'service' | 'persistence' | 'registry' | 'clock' | 'ids' | 'logger'
> {
  readonly executor: Executor;
  readonly assertRunning: (operation: string) => void;
  /** Called after messages have come into the log because it was time. */
  readonly onFired: () => void;
}

/** Puts into the log what is due: scheduled messages, and the commands of schedules. */
export class Timekeeper {
  readonly schedules: ScheduleOffice;
  readonly #scheduled: ScheduledMessages;
  readonly #releases: ReleaseRunner;
  readonly #runner: ScheduleRunner;

  constructor(dependencies: TimekeeperDependencies) {
    const { persistence, registry, clock, logger, ids, onFired } = dependencies;
    const { scheduled, schedules } = persistence;
    const known = registry.schedules;
    this.#scheduled = scheduled;
    this.#releases = new ReleaseRunner({ scheduled, clock, logger, onReleased: onFired });
    this.#runner = new ScheduleRunner({ ...dependencies, schedules, known });
    this.schedules = new ScheduleOffice({
      ...dependencies,
      schedules,
      known,
      newCorrelationId: () => ids.next(),
      onChanged: () => this.#runner.poke(),
    });
  }

  /** A message that is due then was stored. */
  poke(due: Due): void {
    this.#releases.poke(due);
  }

  /** Whether something is due now that has not come into the log. */
  async isDue(): Promise<boolean> {
    return ((await this.#scheduled.nextDueIn()) ?? 1) <= 0 || this.#runner.isDue();
  }

  async start(): Promise<void> {
    await this.#runner.start();
    this.#releases.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#runner.stop(), this.#releases.stop()]);
  }
}
