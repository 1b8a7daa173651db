/** Which deliveries have been applied. They are recorded by {@link UnitOfWork.receive}. */
export interface Inbox {
  /** Those of `messageIds` that `subscription` has dealt with: applied or parked. */
  applied(subscription: string, messageIds: readonly string[]): Promise<readonly string[]>;
  /**
   * Forgets up to `limit` deliveries and intents dealt with more than `olderThanMs` milliseconds ago, by the
   * store's clock, oldest first. Returns how many; fewer than `limit` means that none is left.
   */
  clean(olderThanMs: number, limit: number): Promise<number>;
}
