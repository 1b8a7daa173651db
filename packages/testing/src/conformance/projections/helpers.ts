import {
  createUncheckedApp,
  feature,
  handle,
  projection,
  type App,
  type AppOptions,
  type Projection,
  type ProjectionStatus,
  type StartOptions,
} from '@tidings/core';

import { CollectingLogger } from '../../collecting-logger.ts';
import { eventually } from '../../eventually.ts';
import type { Row } from '../row.ts';
import { Count, Counted, type Numbered } from '../runtime/helpers.ts';
import {
  TallyModel,
  type ProjectionCapability,
  type ProjectionFixture,
} from './projection-harness.ts';

/** What a row works with: applications that are stopped at its end. */
export interface RunningProjections {
  readonly fixture: ProjectionFixture;
  readonly apps: ProjectionApps;
  readonly dispose: () => Promise<void>;
}

export type ProjectionRow = Row<RunningProjections, ProjectionCapability>;

/** The command that causes one event. */
const count = handle(Count, {}, (data, _, context) => context.publish(Counted(data)));

/** For `eventually`: longer than any machine takes for what a row waits for. */
export const patience = { timeoutMs: 20_000 };

/** What is different about the tally of one build. */
export interface TallyOptions {
  /** The event as this build knows it. */
  readonly definition?: typeof Counted;
  readonly version?: number;
  readonly mode?: 'async' | 'inline';
  readonly maxBatch?: number;
  /** What is counted for an event. Default: its key. */
  readonly keyOf?: (data: Numbered) => string;
  /** Called before an event is applied; what it throws makes the event fail. */
  readonly before?: (data: Numbered) => unknown;
}

/** The projection of these suites: how many events there were of each key. */
function tallyProjection({
  definition = Counted,
  version = 1,
  mode = 'async',
  maxBatch = 1000,
  keyOf = ({ key }) => key,
  before = () => {},
}: TallyOptions = {}): Projection {
  return projection('tally', {
    version,
    mode,
    maxBatch,
    events: [definition],
    dependencies: { tally: TallyModel },
    retry: [{ immediate: 1, delays: [20], jitter: 0 }],
    reset: ({ tally }) => tally.create(),
    on: {
      'conformance.Counted': async (data, { tally }) => {
        await before(data);
        await tally.count(keyOf(data));
      },
    },
  }) as unknown as Projection;
}

export interface ProjectionAppOptions extends StartOptions {
  /** `false` for none. */
  readonly tally?: TallyOptions | false;
  readonly options?: Partial<AppOptions>;
}

/** Starts applications with a tally on one store, and stops them all. */
export class ProjectionApps {
  readonly logger: CollectingLogger = new CollectingLogger();
  readonly #fixture: ProjectionFixture;
  readonly #apps: App[] = [];

  constructor(fixture: ProjectionFixture) {
    this.#fixture = fixture;
  }

  async start({ tally = {}, options = {}, ...start }: ProjectionAppOptions = {}): Promise<App> {
    const app = createUncheckedApp({
      service: 'conformance',
      features: [
        feature('conformance', tally === false ? [count] : [count, tallyProjection(tally)]),
      ],
      adapters: this.#fixture.adapters(),
      provide: [this.#fixture.tally],
      logger: this.logger,
      relay: { pollMs: 10, leaseMs: 500, checkpointMs: 0 },
      projections: { pollMs: 10, leaseMs: 500 },
      ...options,
    });
    this.#apps.push(app);
    await app.start(start);
    return app;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#apps.map((app) => app.stop({ deadlineMs: 2000 })));
  }
}

/** What is known of the tally. */
export async function tallyStatus(app: App): Promise<ProjectionStatus> {
  const status = (await app.projections.list()).find(({ name }) => name === 'tally');
  if (status === undefined) throw new Error('the application has no tally');
  return status;
}

/** Resolves once the tally's status is as looked for. */
export async function untilStatus(
  app: App,
  what: string,
  holds: (status: ProjectionStatus) => boolean,
): Promise<ProjectionStatus> {
  return eventually(
    async () => {
      const status = await tallyStatus(app);
      return holds(status) && status;
    },
    { ...patience, what: `that the tally ${what}` },
  );
}

/** Makes the events with this key fail. */
export const failsFor =
  (poison: string) =>
  ({ key }: Numbered): void => {
    if (key === poison) throw new TypeError(`no ${poison}`);
  };

/** Keys for events: so many of each. */
export function keysOf(counts: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(counts).flatMap(([key, n]) => Array.from({ length: n }, () => key));
}

/** Publishes events with these keys, one after the other; their numbers go on from `first`. */
export async function publish(app: App, keys: readonly string[], first = 0): Promise<void> {
  for (const [index, key] of keys.entries()) {
    await app.bus.publish(Counted({ key, n: first + index }));
  }
}

/** Resolves once readers see just this. */
export async function untilRead(
  { fixture }: Pick<RunningProjections, 'fixture'>,
  expected: Readonly<Record<string, number>>,
): Promise<void> {
  const text = sorted(expected);
  await eventually(async () => sorted(await fixture.read()) === text, {
    ...patience,
    what: `that readers see ${text}`,
  });
}

function sorted(rows: Readonly<Record<string, number>>): string {
  return JSON.stringify(Object.entries(rows).toSorted(([a], [b]) => a.localeCompare(b)));
}
