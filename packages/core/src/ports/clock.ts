import { token, type Token } from '../handlers/token.ts';

/**
 * Time as the application sees it. Due times of durable things go by the store's clock, not by this
 * one; leases and time-outs go by {@link Clock.monotonic}, because the wall clock may jump.
 */
export interface Clock {
  /** The wall clock, milliseconds since 1970-01-01T00:00Z. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number;
  /**
   * Resolves after `milliseconds`, or at once when `signal` aborts (without an error). Any length is
   * allowed, also beyond the 2^31-1 ms of a Node timer. Keeps no process alive.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The application's Clock, for whoever depends on it. */
export const Clock: Token<Clock> = token<Clock>('Clock');
