/** Whether this process may begin deliveries of what it has. */
export interface Lease {
  /** Whether nobody else can have it now. */
  readonly isHeld: boolean;
  /** Resolves when it is held, or when the signal aborts. */
  untilHeld(signal: AbortSignal): Promise<void>;
}
