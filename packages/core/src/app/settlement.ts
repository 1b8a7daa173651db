import type { OutcomeRecorder, DeliveryRecord } from '../consumer/outcome-recorder.ts';
import { WaitTimeoutError } from '../errors/app-errors.ts';
import type { RunningCalls } from '../execution/running-calls.ts';
import type { Checkpoints } from '../ports/checkpoints.ts';
import type { HeldDeliveries } from '../ports/held-deliveries.ts';
import type { MessageLog } from '../ports/message-log.ts';
import type { ScheduledMessages } from '../ports/scheduled-messages.ts';
import { RELAY, type Relay } from '../relay/relay.ts';
import type { AppProjections } from '../projections/app-projections.ts';
import type { SettledOptions, SettledRecord } from './app.ts';
import type { MessagesOnTheWay } from './messages-on-the-way.ts';

export interface SettlementDependencies {
  readonly log: MessageLog;
  readonly checkpoints: Checkpoints;
  readonly held: HeldDeliveries;
  readonly scheduled: ScheduledMessages;
  /** Whether something is due that a process has to put into the log. */
  readonly isDue: () => Promise<boolean>;
  readonly relay: Relay;
  readonly running: RunningCalls;
  readonly recorder: OutcomeRecorder;
  readonly subscriptions: readonly string[];
  /** Absent where the relay is idle only when everything has been delivered. */
  readonly onTheWay: MessagesOnTheWay | undefined;
  readonly projections: AppProjections;
}

interface Remaining {
  readonly handlers: number;
  readonly messages: string;
  readonly waiting: number;
  readonly isSettled: boolean;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const LOOK_MS = 10;

/**
 * Waits until nothing is left to be done. Goes by real time, whatever clock the application has, and
 * by what the store and the relay say, so that it holds for every adapter.
 */
export async function settled(
  dependencies: SettlementDependencies,
  { timeoutMs = DEFAULT_TIMEOUT_MS, waitForRetries = true }: SettledOptions,
): Promise<SettledRecord> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const remaining = await look(dependencies, waitForRetries);
    if (remaining.isSettled) {
      const { total } = await dependencies.scheduled.list({}, { limit: 1 });
      return recordOf(dependencies.recorder.take(), remaining.waiting, total);
    }
    if (performance.now() >= end) {
      throw new WaitTimeoutError('That everything caused has been handled', timeoutMs, {
        handlersRunning: remaining.handlers,
        messagesOnTheWay: remaining.messages,
        deliveriesHeld: remaining.waiting,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function look(
  dependencies: SettlementDependencies,
  waitForRetries: boolean,
): Promise<Remaining> {
  const { held, isDue, running, subscriptions, onTheWay, projections } = dependencies;
  // Before the log is looked at: what fires meanwhile comes into it.
  const hasFired = !(await isDue());
  const before =
    hasFired && (await isDrained(dependencies)) && (await onTheWay?.areThere()) !== true;
  const { count: heldCount, nextDueIn = 0 } = await held.waiting(subscriptions);
  const unsettled = await projections.unsettled();
  const count = heldCount + unsettled.waiting;
  const isNoneDue = (heldCount === 0 || nextDueIn > 0) && unsettled.nextDueIn > 0;
  const isQuiet = !unsettled.areBehind && (count === 0 || (!waitForRetries && isNoneDue));
  // What was held may have been handled meanwhile and have caused more: look again.
  const isSettled = before && isQuiet && (await isDrained(dependencies));
  return {
    handlers: running.count,
    messages: before ? 'none' : 'some',
    waiting: count,
    isSettled,
  };
}

async function isDrained({
  log,
  checkpoints,
  relay,
  running,
}: SettlementDependencies): Promise<boolean> {
  const isQuiet = (): boolean => running.count === 0 && relay.isIdle;
  if (isQuiet() && !(await log.hasUnsequenced()) && isQuiet()) return true;
  // Another process may have the relay's lease: its checkpoint tells how far it has come.
  if (running.count > 0 || (await log.hasUnsequenced())) return false;
  return (await checkpoints.read(RELAY)) >= (await log.head()) && running.count === 0;
}

function recordOf(
  records: readonly DeliveryRecord[],
  waiting: number,
  scheduled: number,
): SettledRecord {
  const of = (outcome: DeliveryRecord['outcome']): readonly DeliveryRecord[] =>
    records.filter((record) => record.outcome === outcome);
  return {
    handled: of('handled'),
    failed: of('failed'),
    deadLettered: of('dead-lettered'),
    duplicates: of('duplicate'),
    waiting,
    scheduled,
  };
}
