import type {
  BatchHandling,
  EventHandling,
  Projection,
  ProjectionSettings,
} from '../handlers/projection.ts';
import type { AnyEventDefinition } from '../handlers/subscription.ts';
import type { ProjectionMode } from '../ports/projections.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../retry/retry-policy.ts';
import type { ResolutionPlan } from './resolver.ts';

/** A projection made ready to run. */
export interface RunnableProjection {
  readonly name: string;
  /** For error messages. */
  readonly title: string;
  readonly version: number;
  readonly mode: ProjectionMode;
  readonly types: readonly string[];
  readonly resolve: ResolutionPlan;
  readonly retry: RetryPolicy;
  readonly timeoutMs: number;
  readonly maxBatch: number;
  readonly reset: ProjectionSettings<never>['reset'];
  readonly on: EventHandling<AnyEventDefinition>['on'] | undefined;
  readonly batch: BatchHandling<AnyEventDefinition>['batch'] | undefined;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_MAX_BATCH = 1000;
/** Beyond this a transaction is only longer, and no faster. */
const LARGEST_BATCH = 10_000;

export function runnableProjection(
  projection: Projection,
  title: string,
  resolve: ResolutionPlan,
): RunnableProjection {
  const {
    projectionName: name,
    version,
    mode,
    definitions,
    options,
    reset,
    on,
    batch,
  } = projection;
  const {
    retry = defaultRetryPolicy,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    maxBatch = DEFAULT_MAX_BATCH,
  } = options;
  const types = definitions.map(({ type }) => type);
  return {
    name,
    title,
    version,
    mode,
    types,
    resolve,
    retry,
    timeoutMs,
    maxBatch,
    reset,
    on,
    batch,
  };
}

/** What is wrong with a projection beside its name, one sentence for each fault. */
export function projectionFaults({
  version,
  mode,
  definitions,
  reset,
  options,
  ...handling
}: Projection): readonly string[] {
  const { maxBatch = DEFAULT_MAX_BATCH } = options;
  const known: readonly string[] = ['async', 'inline'];
  return [
    ...(definitions.length > 0 ? [] : ['it is for no event']),
    ...(Number.isSafeInteger(version) && version >= 1
      ? []
      : ['its version must be a whole number from 1']),
    ...(known.includes(mode) ? [] : ['its mode must be "async" or "inline"']),
    ...(typeof reset === 'function' ? [] : ['its reset must be a function']),
    ...(Number.isSafeInteger(maxBatch) && maxBatch >= 1 && maxBatch <= LARGEST_BATCH
      ? []
      : [`its maxBatch must be a whole number from 1 to ${LARGEST_BATCH}`]),
    ...handlingFaults(definitions, handling),
  ];
}

function handlingFaults(
  definitions: readonly AnyEventDefinition[],
  { on, batch }: Pick<Projection, 'on' | 'batch'>,
): readonly string[] {
  if (on === undefined) {
    return typeof batch === 'function' ? [] : ['it needs handlers: "on", or "batch"'];
  }
  if (batch !== undefined) return ['it has both "on" and "batch"; one of them handles the events'];
  const types = definitions.map(({ type }) => type);
  const handlers: Readonly<Record<string, unknown>> = on;
  return [
    ...types
      .filter((type) => typeof handlers[type] !== 'function')
      .map((type) => `it has no handler of ${type}`),
    ...Object.keys(handlers)
      .filter((type) => !types.includes(type))
      .map((type) => `it has a handler of ${type}, which is not among its events`),
  ];
}
