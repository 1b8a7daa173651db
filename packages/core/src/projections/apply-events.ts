import type { RunnableProjection } from '../composition/runnable-projection.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { InvalidOptionsError } from '../errors/app-errors.ts';
import { runInCall } from '../execution/current-call.ts';
import type { RunningCalls } from '../execution/running-calls.ts';
import type { ProjectedEvent, ProjectedEventContext } from '../handlers/projection.ts';
import type { Logger } from '../ports/logger.ts';
import type { GenerationRef } from '../ports/projections.ts';
import type { UnitOfWork } from '../ports/unit-of-work.ts';

export interface ApplyingParts {
  readonly running: RunningCalls;
  readonly logger: Logger;
}

/** What is known of an application that failed. */
export interface Applying {
  /** How many events were applied before the one that failed; `undefined` where that is not known. */
  before?: number | undefined;
}

/**
 * Has the handlers of a projection apply events to a generation, in a unit of work that somebody else
 * commits.
 *
 * @param applying is told how far it came
 */
export async function applyEvents(
  { running, logger }: ApplyingParts,
  projection: RunnableProjection,
  unit: UnitOfWork,
  generation: GenerationRef,
  events: readonly ProjectedEvent[],
  applying: Applying = {},
): Promise<void> {
  const ending = new AbortController();
  const dependencies = projection.resolve({ unit });
  const recorded = unit.recorded().length;
  const work = inProjection(projection, unit, () =>
    unit.projections.within(generation, async () => {
      const { signal } = ending;
      if (projection.batch !== undefined) {
        await projection.batch(events, dependencies as never, { signal, logger });
        return;
      }
      for (const [index, event] of events.entries()) {
        applying.before = index;
        const context = new EventContext(event.envelope, signal, logger);
        await projection.on?.[event.type]?.(event.data as never, dependencies as never, context);
      }
      applying.before = undefined;
    }),
  );
  await running.watch(projection.title, projection.timeoutMs, work, (reason) =>
    ending.abort(reason),
  );
  if (unit.recorded().length > recorded) {
    throw new InvalidOptionsError(projection.title, [
      'its handlers changed an aggregate; a projection writes its read model and causes nothing',
    ]);
  }
}

/** Runs `work` as part of a projection, which is not allowed to cause anything. */
export function inProjection<T>({ title }: RunnableProjection, unit: UnitOfWork, work: () => T): T {
  return runInCall({ handler: title, unit }, work);
}

/** The context of one event. Its logger is made when it is asked for. */
class EventContext implements ProjectedEventContext {
  readonly envelope: Envelope;
  readonly signal: AbortSignal;
  readonly #logger: Logger;

  constructor(envelope: Envelope, signal: AbortSignal, logger: Logger) {
    this.envelope = envelope;
    this.signal = signal;
    this.#logger = logger;
  }

  get messageId(): string {
    return this.envelope.id;
  }

  get logger(): Logger {
    const { id, correlationid } = this.envelope;
    return this.#logger.child({ messageId: id, correlationId: correlationid });
  }
}
