/** How long to wait for news before looking, in milliseconds: longer each time, from the first to the longest. */
export interface Patience {
  readonly firstMs: number;
  readonly longestMs: number;
}
