/** What a message may be at most. The defaults keep one bad message from harming a whole service. */
export interface MessageLimits {
  /** Size of the data as JSON text in UTF-8, in bytes. Default 1 MiB. */
  readonly maxBodyBytes: number;
  /** How deep objects and arrays may be nested. Default 100. */
  readonly maxDepth: number;
}

export const defaultMessageLimits: MessageLimits = Object.freeze({
  maxBodyBytes: 1024 * 1024,
  maxDepth: 100,
});
