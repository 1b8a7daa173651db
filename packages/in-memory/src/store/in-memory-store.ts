import { systemClock } from '@tidings/core';
import type { Clock } from '@tidings/core';

import { InMemoryAggregates } from './in-memory-aggregates.ts';
import { InMemoryCheckpoints } from './in-memory-checkpoints.ts';
import { InMemoryDeadLetters } from './in-memory-dead-letters.ts';
import { InMemoryHeldDeliveries } from './in-memory-held-deliveries.ts';
import { InMemoryInbox } from './in-memory-inbox.ts';
import { InMemoryLeases } from './in-memory-leases.ts';
import { InMemoryMessageLog } from './in-memory-message-log.ts';
import { InMemoryProcesses } from './in-memory-processes.ts';
import { InMemoryProjections } from './in-memory-projections.ts';
import { InMemoryRows } from './in-memory-rows.ts';
import { InMemoryScheduledMessages } from './in-memory-scheduled-messages.ts';
import { InMemorySchedules } from './in-memory-schedules.ts';
import { Locks } from './locks.ts';

/**
 * What a database would hold: everything committed. It outlives the applications that use it, so two
 * of them can share one, or one can be stopped and another go on where it ended.
 */
export class InMemoryStore {
  readonly aggregates: InMemoryAggregates;
  readonly rows: InMemoryRows;
  readonly log: InMemoryMessageLog;
  readonly checkpoints: InMemoryCheckpoints;
  readonly leases: InMemoryLeases;
  readonly inbox: InMemoryInbox;
  readonly held: InMemoryHeldDeliveries;
  readonly scheduled: InMemoryScheduledMessages;
  readonly schedules: InMemorySchedules;
  readonly deadLetters: InMemoryDeadLetters;
  readonly processes: InMemoryProcesses;
  readonly projections: InMemoryProjections;
  /** Held by units of work until they end. */
  readonly locks: Locks;

  /** @param clock the store's clock: due times, leases and ages go by it. Default: the machine's */
  constructor(clock: Clock = systemClock) {
    this.locks = new Locks();
    this.aggregates = new InMemoryAggregates();
    this.rows = new InMemoryRows();
    this.leases = new InMemoryLeases(clock);
    this.log = new InMemoryMessageLog(this.leases);
    this.scheduled = new InMemoryScheduledMessages(clock, this.log);
    this.schedules = new InMemorySchedules(clock, this.log);
    this.checkpoints = new InMemoryCheckpoints(this.leases, this.log);
    this.processes = new InMemoryProcesses(clock, this.scheduled);
    this.inbox = new InMemoryInbox(clock);
    this.held = new InMemoryHeldDeliveries(clock, this.inbox, this.locks);
    this.deadLetters = new InMemoryDeadLetters(clock, this.inbox, this.held, this.locks);
    this.projections = new InMemoryProjections({
      clock,
      leases: this.leases,
      log: this.log,
      rows: this.rows,
      deadLetters: this.deadLetters,
    });
  }

  /**
   * Copies of the committed rows of an `InMemoryTable`, for queries outside of a unit of work. Of a table
   * that a projection keeps, those of its active generation.
   */
  rowsOf<Row extends object>(table: string): Row[] {
    return [...this.rows.of(this.rows.placeOf(table)).values()] as Row[];
  }
}
