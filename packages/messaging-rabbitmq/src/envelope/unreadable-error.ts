/** The message has no envelope. Only for use within this folder: it never reaches a caller. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
  /** One of the documented reasons of dead letters. */
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}
