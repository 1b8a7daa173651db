import { AppStateError, HandlerTimeoutError } from '../errors/app-errors.ts';
import type { Clock } from '../ports/clock.ts';

/** Deadlines are checked this often: one timer for all calls costs less than a timer for each. */
const SWEEP_MS = 250;

/** A call in flight, which can be given up. */
export interface RunningCall {
  readonly title: string;
  readonly timeoutMs: number;
  readonly deadline: number;
  /** Aborts the handler's signal and fails the call at once, whatever its handler does. */
  readonly giveUp: (error: Error) => void;
}

/** The calls in flight: they are given up when their time is over or the application stops. */
export class RunningCalls {
  readonly #clock: Clock;
  readonly #calls = new Set<RunningCall>();
  #inFlight = 0;
  #sweeping = false;
  #idle: (() => void)[] = [];
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many attempts are between their beginning and the end of their unit of work. */
  get count(): number {
    return this.#inFlight;
  }

  began(): void {
    this.#inFlight += 1;
  }

  ended(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0 || this.#idle.length === 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Follows a handler's promise for as long as the handler's time limit and the application allow. */
  watch<T>(
    title: string,
    timeoutMs: number,
    work: PromiseLike<T>,
    abort: (reason: Error) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const succeed = (value: T): void => {
        this.#calls.delete(call);
        resolve(value);
      };
      const fail = (error: Error): void => {
        this.#calls.delete(call);
        reject(error);
      };
      const giveUp = (error: Error): void => {
        abort(error);
        fail(error);
      };
      const deadline = this.#clock.monotonic() + timeoutMs;
      const call: RunningCall = { title, timeoutMs, deadline, giveUp };
      this.#calls.add(call);
      work.then(succeed, fail);
      if (this.#closed) giveUp(stopped(title));
      else if (!this.#sweeping) void this.#sweep();
    });
  }

  /** Resolves once no attempt is in flight. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  /** Lets calls in, again after a close. */
  open(): void {
    this.#closed = false;
  }

  /** Gives up what is in flight, and whatever comes later. */
  close(): void {
    this.#closed = true;
    for (const call of this.#calls) call.giveUp(stopped(call.title));
  }

  async #sweep(): Promise<void> {
    this.#sweeping = true;
    while (this.#calls.size > 0) {
      await this.#clock.sleep(SWEEP_MS);
      const now = this.#clock.monotonic();
      for (const call of this.#calls) {
        if (call.deadline <= now) call.giveUp(new HandlerTimeoutError(call.title, call.timeoutMs));
      }
    }
    this.#sweeping = false;
  }
}

function stopped(title: string): AppStateError {
  return new AppStateError(
    `finish ${title}`,
    'stopping and its deadline has passed',
    'Nothing of it was saved; it is done again after the next start if it was a delivery.',
  );
}
