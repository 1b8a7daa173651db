import type { Prepared, Schema } from '../connection/schema.ts';
import { intentStatements, type IntentStatements } from '../inbox/intents.ts';
import { receiveStatements, type ReceiveStatements } from '../inbox/receive.ts';
import { processStatements, type ProcessStatements } from '../processes/process-statements.ts';
import {
  projectionUnitStatements,
  type ProjectionUnitStatements,
} from '../projections/projection-unit.ts';
import { insertStatements, type InsertStatements } from '../log/insert-messages.ts';
import {
  scheduledStatements,
  type ScheduledStatements,
} from '../scheduled/scheduled-statements.ts';

/** The prepared statements that units of work need, made once for each store. */
export interface UnitStatements {
  readonly receive: ReceiveStatements;
  readonly intents: IntentStatements;
  readonly log: InsertStatements;
  readonly processes: ProcessStatements;
  readonly scheduled: ScheduledStatements;
  readonly projections: ProjectionUnitStatements;
  /** Tells the transaction's id, by which a lost reply to COMMIT is looked up. */
  readonly xid: Prepared;
}

export function unitStatements(schema: Schema): UnitStatements {
  return {
    receive: receiveStatements(schema),
    intents: intentStatements(schema),
    log: insertStatements(schema),
    processes: processStatements(schema),
    scheduled: scheduledStatements(schema),
    projections: projectionUnitStatements(schema),
    xid: schema.prepare('xid', 'select pg_current_xact_id_if_assigned()::text as xid'),
  };
}
