import { TransportUsageError } from '../errors/transport-errors.ts';

/**
 * What a transport has open between its opening and its closing, if it is open. Of use to those who
 * write a transport: it keeps what {@link Transport.declare} and {@link Transport.close} promise.
 */
export class OpenedSession<Session extends { close(): Promise<void> }> {
  #session: Session | undefined;
  #closing: Promise<void> = Promise.resolve();

  /**
   * Opens, unless it is open, once what was open before is closed, and does `work` with it. When that
   * fails, everything is closed again and its error is thrown on.
   */
  async open(create: () => Session, work: (session: Session) => Promise<void>): Promise<void> {
    await this.#closing;
    this.#session ??= create();
    try {
      await work(this.#session);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** @throws {@link TransportUsageError} when nothing is open */
  for(operation: string): Session {
    if (this.#session === undefined) {
      throw new TransportUsageError(
        `Cannot ${operation}: the transport is closed. Call declare() first.`,
      );
    }
    return this.#session;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) this.#closing = session.close();
    await this.#closing;
  }
}
