import { LocalMessageBus } from '../bus/local-message-bus.ts';
import type { MessageBus } from '../bus/message-bus.ts';
import { Receipts } from '../bus/receipts.ts';
import { Consumers, transportSubscriptions } from '../consumer/consumers.ts';
import { DeliveryProcessor } from '../consumer/delivery-processor.ts';
import { HeldRunner } from '../consumer/held-runner.ts';
import { LeftKeys } from '../consumer/left-keys.ts';
import { OutcomeRecorder, type DeliveryRecord } from '../consumer/outcome-recorder.ts';
import { UnreadLetters } from '../consumer/unread-letters.ts';
import { AppStateError, InvalidOptionsError } from '../errors/app-errors.ts';
import { currentCall } from '../execution/current-call.ts';
import { Executor } from '../execution/executor.ts';
import { RunningCalls } from '../execution/running-calls.ts';
import type { Subscription } from '../handlers/subscription.ts';
import type { Processes } from '../ports/processes.ts';
import { AppProjections } from '../projections/app-projections.ts';
import { refuseInProjection } from '../projections/refuse-in-projection.ts';
import type { ProjectionOffice } from '../projections/projection-office.ts';
import { Relay } from '../relay/relay.ts';
import { orAborted } from '../time/or-aborted.ts';
import type { ScheduleOffice } from '../schedules/schedule-office.ts';
import type {
  App,
  Health,
  SettledOptions,
  SettledRecord,
  StartOptions,
  StopOptions,
} from './app.ts';
import type { Composition } from './compose.ts';
import { dealtWith } from './dealt-with.ts';
import { healthOf } from './health.ts';
import { DeadLetterOffice } from './dead-letter-office.ts';
import { Maintenance } from './maintenance.ts';
import { MessagesOnTheWay } from './messages-on-the-way.ts';
import { settled } from './settlement.ts';
import { Timekeeper } from './timekeeper.ts';

const DEFAULT_DEADLINE_MS = 10_000;

/** An application with its runtimes. */
export class RunningApp implements App {
  readonly service: string;
  readonly bus: MessageBus;
  readonly deadLetters: DeadLetterOffice;
  readonly projections: ProjectionOffice;
  readonly processes: Processes;
  readonly schedules: ScheduleOffice;
  readonly scheduled: App['scheduled'];
  readonly #parts: Composition;
  readonly #running: RunningCalls;
  readonly #recorder = new OutcomeRecorder();
  readonly #receipts: Receipts;
  readonly #relay: Relay;
  readonly #timekeeper: Timekeeper;
  readonly #consumers: Consumers;
  readonly #heldRunner: HeldRunner;
  readonly #unreadLetters: UnreadLetters;
  readonly #maintenance: Maintenance;
  readonly #projections: AppProjections;
  readonly #subscriptions: readonly string[];
  readonly #onTheWay: MessagesOnTheWay | undefined;
  #state: App['state'] = 'new';
  #consuming = false;
  #starting: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;

  constructor(parts: Composition) {
    this.#parts = parts;
    this.service = parts.service;
    const { persistence, transport, registry, clock, ids, logger } = parts;
    const subscriptions = transportSubscriptions(registry);
    this.#subscriptions = subscriptions.map(({ name }) => name);
    this.#onTheWay = transport.capabilities.durable
      ? new MessagesOnTheWay(persistence, subscriptions)
      : undefined;
    this.#running = new RunningCalls(clock);
    this.#receipts = new Receipts(dealtWith(parts), clock);
    const onSettled = (record: DeliveryRecord): void => this.#onSettled(record);
    this.#projections = new AppProjections({
      ...parts,
      running: this.#running,
      receipts: this.#receipts,
      assertRunning: (operation) => this.#assertRunning(operation),
      onSettled,
    });
    this.projections = this.#projections.office;
    const executor = new Executor({
      ...parts,
      running: this.#running,
      inline: this.#projections.inline,
      onCommitted: () => this.#relay.poke(),
      onScheduled: (due) => this.#timekeeper.poke(due),
    });
    const processor = new DeliveryProcessor({ ...parts, executor });
    this.bus = new LocalMessageBus({
      service: parts.service,
      registry,
      executor,
      receipts: this.#receipts,
      clock,
      ids,
      random: parts.random,
      transport,
      scheduled: persistence.scheduled,
      onScheduled: (due) => this.#timekeeper.poke(due),
      assertRunning: (operation) => this.#assertRunning(operation),
    });
    this.#relay = new Relay(
      {
        persistence,
        transport,
        clock,
        ids,
        logger,
        onSequenced: () => this.#projections.runtime.poke(),
      },
      parts.relay,
    );
    this.#timekeeper = new Timekeeper({
      ...parts,
      executor,
      assertRunning: (operation) => this.#assertRunning(operation),
      onFired: () => this.#relay.poke(),
    });
    this.schedules = this.#timekeeper.schedules;
    this.scheduled = persistence.scheduled;
    const leftKeys = new LeftKeys(clock);
    this.#consumers = new Consumers({
      ...parts,
      processor,
      leftKeys,
      onSettled,
      onHeld: () => this.#heldRunner.poke(),
    });
    this.#heldRunner = new HeldRunner({
      ...parts,
      processor,
      leftKeys,
      subscriptions: this.#subscriptions,
      onSettled,
    });
    this.#unreadLetters = new UnreadLetters({
      ...parts,
      processor,
      onReplayed: () => this.#heldRunner.poke(),
    });
    this.#maintenance = new Maintenance(parts);
    this.processes = persistence.processes;
    this.deadLetters = new DeadLetterOffice({
      ...parts,
      deadLetters: persistence.deadLetters,
      held: persistence.held,
      onReplayed: () => this.#heldRunner.poke(),
    });
  }

  get state(): App['state'] {
    return this.#state;
  }

  async start(options: StartOptions = {}): Promise<void> {
    if (this.#state !== 'new' && this.#state !== 'stopped') {
      throw new AppStateError(
        'start',
        this.#state,
        'Start it once; to start it again, stop it first.',
      );
    }
    this.#state = 'starting';
    this.#stopping = undefined;
    this.#starting = this.#start(options);
    await this.#starting;
  }

  stop({ deadlineMs = DEFAULT_DEADLINE_MS }: StopOptions = {}): Promise<void> {
    if (this.#state === 'new') return Promise.resolve();
    if (this.#state === 'running') this.#state = 'stopping';
    this.#stopping ??= this.#starting.then(
      () => this.#stop(deadlineMs),
      () => {
        // A start that failed has stopped everything and told its caller why.
      },
    );
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  settled(options: SettledOptions = {}): Promise<SettledRecord> {
    this.#assertRunning('wait until all is settled');
    return settled(
      {
        log: this.#parts.persistence.log,
        checkpoints: this.#parts.persistence.checkpoints,
        held: this.#parts.persistence.held,
        scheduled: this.#parts.persistence.scheduled,
        isDue: () => this.#timekeeper.isDue(),
        relay: this.#relay,
        running: this.#running,
        recorder: this.#recorder,
        subscriptions: this.#subscriptions,
        onTheWay: this.#onTheWay,
        projections: this.#projections,
      },
      options,
    );
  }

  setConcurrency(
    subscription: string | Pick<Subscription, 'subscriptionName'>,
    concurrency: number,
  ): void {
    const name = typeof subscription === 'string' ? subscription : subscription.subscriptionName;
    const isWhole = Number.isSafeInteger(concurrency) && concurrency > 0;
    if (isWhole && this.#consumers.setConcurrency(name, concurrency)) return;
    throw new InvalidOptionsError('setConcurrency', [
      isWhole
        ? `this process does not consume "${name}"`
        : 'concurrency must be a whole number from 1',
    ]);
  }

  health(): Promise<Health> {
    const { persistence, transport } = this.#parts;
    return healthOf({
      state: this.#state,
      consuming: this.#consuming,
      persistence,
      transport,
      projections: this.#projections,
    });
  }

  async #start({ relay = true, consume = true, project = consume }: StartOptions): Promise<void> {
    const { persistence, transport, registry, logger } = this.#parts;
    try {
      await persistence.start();
      await this.#onTheWay?.begin();
      await transport.declare(transportSubscriptions(registry));
      this.#running.open();
      await this.#projections.runtime.prepare();
      this.#consuming = consume;
      if (consume) {
        await this.#consumers.start();
        this.#heldRunner.start();
        this.#unreadLetters.start();
      }
      if (project) this.#projections.runtime.start();
      if (relay) {
        this.#relay.start();
        await this.#timekeeper.start();
      }
      this.#maintenance.start();
      this.#state = 'running';
      logger.info({ service: this.service, relay, consume, project }, 'the application runs');
    } catch (error) {
      await this.#stop(0);
      throw error;
    }
  }

  async #stop(deadlineMs: number): Promise<void> {
    const { persistence, transport, clock, logger } = this.#parts;
    this.#state = 'stopping';
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), deadlineMs);
    deadline.signal.addEventListener('abort', () => this.#running.close(), { once: true });
    try {
      const background = [this.#maintenance, this.#timekeeper, this.#unreadLetters];
      await Promise.all(background.map((part) => part.stop()));
      const inFlight = [
        this.#consumers.drain(),
        this.#heldRunner.stop(),
        this.#projections.runtime.stop(),
        this.#running.idle(),
      ];
      await orAborted(Promise.all(inFlight), deadline.signal);
      await this.#relay.stop(deadline.signal);
    } finally {
      clearTimeout(timer);
      this.#running.close();
      await this.#consumers.close();
      await transport.close();
      await persistence.close();
      this.#state = 'stopped';
      logger.info(
        { service: this.service, inTime: !deadline.signal.aborted, at: clock.now() },
        'the application stopped',
      );
    }
  }

  #onSettled(record: DeliveryRecord): void {
    this.#recorder.add(record);
    if (record.outcome !== 'failed') this.#receipts.settled(record.subscription, record.messageId);
  }

  #assertRunning(operation: string): void {
    refuseInProjection(operation);
    if (this.#state === 'running') return;
    // What is in flight while the application stops may still cause more.
    if (this.#state === 'stopping' && currentCall() !== undefined) return;
    throw new AppStateError(
      operation,
      this.#state,
      'Call app.start() first, and nothing after app.stop().',
    );
  }
}
