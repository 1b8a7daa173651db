import { setTimeout as delay } from 'node:timers/promises';

/** How to wait for a server. */
export interface UntilReady {
  /** Names the server in the error. */
  readonly server: string;
  /** How long it may take, in milliseconds. Recovery after a crash is included. */
  readonly withinMs: number;
  /** How long to pause between two tries, in milliseconds. */
  readonly pauseMs: number;
  /** Asked between two tries; the text it gives is why no answer can come any more. */
  readonly hasEnded: () => string | undefined;
}

/** Resolves once `attempt` has succeeded: the server is there. */
export async function untilReady(
  attempt: () => Promise<unknown>,
  { server, withinMs, pauseMs, hasEnded }: UntilReady,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      const ended = hasEnded();
      if (ended !== undefined) throw new Error(ended, { cause: error });
      if (Date.now() > deadline) {
        throw new Error(`${server} did not answer within ${withinMs} ms`, { cause: error });
      }
      await delay(pauseMs);
    }
  }
}
