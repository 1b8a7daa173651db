import { createUncheckedApp, InvalidOptionsError } from '@tidings/core';
import type {
  Adapter,
  App,
  AppOptions,
  Binding,
  Clock,
  CompleteBindings,
  Envelope,
  ExecuteOptions,
  Feature,
  MissingTokens,
  Persistence,
  SettledRecord,
} from '@tidings/core';
import type { Command, Event, Message } from '@tidings/domain';
import { inMemory, type InMemoryUnit } from '@tidings/in-memory';

import { CollectingLogger } from '../collecting-logger.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { type Outcome, type Run, ScenarioOutcome } from './scenario-outcome.ts';
import { ScenarioTime, type TimeToPass } from './scenario-time.ts';

/** What the scenarios' application is made of: as for `createApp`, but with defaults for a test. */
export interface ScenarioOptions<
  Features extends readonly Feature[],
  Adapters extends readonly Adapter[],
  Bindings extends readonly Binding[],
> extends Omit<AppOptions<Features, Adapters, Bindings>, 'service' | 'adapters' | 'clock'> {
  /** Default `scenario`. */
  readonly service?: string;
  /** Default: everything in memory. */
  readonly adapters?: Adapters;
  /**
   * Default: where everything is in memory a new {@link VirtualClock}, so that time stands still but for
   * `advanceTime` and for retries that wait; with `adapters` of your own the machine's.
   */
  readonly clock?: Clock;
  /**
   * How long, in milliseconds, to wait until everything caused has been handled. Default 10 000.
   */
  readonly timeoutMs?: number;
}

const READ_AT_ONCE = 500;

/**
 * Makes an application to play scenarios with: given some messages, when a command is executed, then
 * it recorded these events, or failed, or a view shows this. Stop it at the end of the test, or
 * declare it with `await using`.
 *
 * @example
 * const warehouse = scenario({ features: [allocation], provide: [products] });
 * await warehouse
 *   .given(CreateBatch({ ref: 'b1', sku: 'LAMP', qty: 10 }))
 *   .when(Allocate({ orderId: 'o1', sku: 'LAMP', qty: 2 }))
 *   .thenEvents(Allocated({ orderId: 'o1', sku: 'LAMP', qty: 2, batchRef: 'b1' }));
 * await warehouse.when(Allocate({ orderId: 'o2', sku: 'NONE', qty: 1 })).thenError(InvalidSku);
 */
export function scenario<
  const Features extends readonly Feature[],
  const Bindings extends readonly Binding[] = readonly [],
  const Adapters extends readonly Adapter[] = readonly [Adapter<typeof InMemoryUnit>],
>(
  options: ScenarioOptions<Features, Adapters, Bindings> &
    CompleteBindings<MissingTokens<Features, Adapters, Bindings>>,
): Scenario {
  return new Scenario(options);
}

type AnyScenarioOptions = ScenarioOptions<
  readonly Feature[],
  readonly Adapter[],
  readonly Binding[]
>;

/** An application and what is given so far. Made by {@link scenario}. */
export class Scenario implements AsyncDisposable {
  /** For whatever else a test wants to know. It runs after the first `when`. */
  readonly app: App;
  readonly #timeoutMs: number | undefined;
  readonly #time: ScenarioTime | undefined;
  #persistence: Persistence | undefined;
  #started: Promise<void> | undefined;
  #given: Message[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;

  constructor({
    service = 'scenario',
    adapters,
    timeoutMs,
    clock = adapters === undefined ? new VirtualClock() : undefined,
    ...options
  }: AnyScenarioOptions) {
    this.#timeoutMs = timeoutMs;
    this.app = createUncheckedApp({
      logger: new CollectingLogger(),
      ...options,
      ...(clock && { clock }),
      service,
      adapters: (adapters ?? [inMemory()]).map((adapter) => this.#watched(adapter)),
    });
    this.#time =
      clock instanceof VirtualClock
        ? new ScenarioTime({
            clock,
            persistence: () => this.#store(),
            settle: () => this.#appSettled(false),
          })
        : undefined;
  }

  /** What happened before: commands are executed, events published, one after the other, and everything they cause handled. */
  given(...messages: readonly (Command | Event)[]): this {
    this.#given.push(...messages);
    return this;
  }

  /** Executes a command, or publishes an event, and waits until everything that it causes has been handled. */
  when(
    message: Command | Event,
    options: Omit<ExecuteOptions, 'correlationId'> = {},
  ): ScenarioOutcome {
    return this.#next(() => this.#play(message, options));
  }

  /**
   * Lets time pass and waits until everything that becomes due meanwhile has been handled, each at its own
   * time. The messages of the outcome are all that were caused on the way; those that became due
   * themselves are not among them.
   *
   * @throws {@link InvalidOptionsError} unless the scenario has a virtual clock and time goes forward
   */
  advanceTime(time: TimeToPass): ScenarioOutcome {
    return this.#next(async () => ({ outcome: await this.#advance(time) }));
  }

  /** Stops the application. Idempotent. */
  async stop(): Promise<void> {
    await this.#last;
    await this.app.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Plays what was given, and then `step`; one after the other, also when a test does not wait in between. */
  #next(step: () => Promise<Run>): ScenarioOutcome {
    const given = this.#given;
    this.#given = [];
    const run = this.#last.then(async () => {
      this.#started ??= this.app.start();
      await this.#started;
      for (const earlier of given) {
        await this.#dispatch(earlier, {});
        await this.#settled();
      }
      return step();
    });
    this.#last = run.catch(() => {});
    return new ScenarioOutcome(run);
  }

  async #advance(time: TimeToPass): Promise<Outcome> {
    if (this.#time === undefined) {
      throw new InvalidOptionsError('advanceTime', [
        'the scenario goes by real time; give it a VirtualClock as its `clock`',
      ]);
    }
    const before = await this.#store().log.head();
    const fired = new Set<string>();
    const settled = await this.#time.pass(time, (ids) => {
      for (const id of ids) fired.add(id);
    });
    const messages = (await this.#logAfter(before)).filter(
      // What a schedule sends has no cause.
      ({ id, causationid }) => !fired.has(id) && causationid !== undefined,
    );
    return { result: undefined, messages, settled };
  }

  async #play(message: Message, options: ExecuteOptions): Promise<Run> {
    const before = await this.#store().log.head();
    const correlationId = `scenario ${(this.#count += 1)}`;
    try {
      const result = await this.#dispatch(message, { ...options, correlationId });
      const settled = await this.#settled();
      return {
        outcome: {
          result,
          settled,
          messages: await this.#causedBy(message, correlationId, before),
        },
      };
    } catch (error) {
      await this.#settled();
      return { error };
    }
  }

  #dispatch(message: Message, options: ExecuteOptions): Promise<unknown> {
    const dispatched: Promise<unknown> =
      message.kind === 'command'
        ? this.app.bus.execute(message as Command, options)
        : this.app.bus.publish(message as Event, options);
    return this.#time?.during(dispatched) ?? dispatched;
  }

  #settled(): Promise<SettledRecord> {
    return this.#time?.settled() ?? this.#appSettled(true);
  }

  #appSettled(waitForRetries: boolean): Promise<SettledRecord> {
    const timeoutMs = this.#timeoutMs;
    return this.app.settled({ waitForRetries, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  }

  /** What the handler of `message` caused, without what was caused by that in turn. */
  async #causedBy(
    message: Message,
    correlationId: string,
    after: number,
  ): Promise<readonly Envelope[]> {
    const log = await this.#logAfter(after);
    const own = log.filter(({ correlationid }) => correlationid === correlationId);
    const ids = new Set(own.map(({ id }) => id));
    const isCausedByOwn = ({ causationid }: Envelope): boolean =>
      causationid !== undefined && ids.has(causationid);
    // A command that is executed is not in the log itself, an event that is published is.
    if (message.kind === 'command') return own.filter((envelope) => !isCausedByOwn(envelope));
    const published = own.find((envelope) => !isCausedByOwn(envelope));
    return own.filter(({ causationid }) => causationid === published?.id);
  }

  async #logAfter(position: number): Promise<readonly Envelope[]> {
    const page = await this.#store().log.read(position, READ_AT_ONCE);
    const last = page.at(-1);
    const envelopes = page.map(({ envelope }) => envelope);
    return last === undefined
      ? envelopes
      : [...envelopes, ...(await this.#logAfter(last.position))];
  }

  /** Known as soon as the application is composed. */
  #store(): Persistence {
    if (this.#persistence === undefined) throw new TypeError('no adapter brings a store');
    return this.#persistence;
  }

  /** The adapter itself, whose store the scenario gets to know. */
  #watched(adapter: Adapter): Adapter {
    const { persistence } = adapter;
    if (persistence === undefined) return adapter;
    return { ...adapter, persistence: (context) => (this.#persistence = persistence(context)) };
  }
}
