/** Which way data goes through a proxy. */
export type Direction = 'toServer' | 'toClient';

/** What a proxy does to everything that passes through it; what is left out is not done. */
export interface ProxyBehaviour {
  /** How much later everything arrives, in milliseconds, in both directions. */
  readonly latencyMs?: number;
  /** How much passes at most, in bytes per second, in each direction of each connection. */
  readonly bytesPerSecond?: number;
  /** How many bytes are passed on at a time: with 1, whoever reads gets every message in pieces. */
  readonly sliceBytes?: number;
  /**
   * Accepts what is sent and passes nothing on, neither data nor the end of a connection: the other
   * side looks alive and is not. A connection that has lost something that way passes nothing on in
   * that direction ever after, as no protocol would survive the gap; new ones do.
   */
  readonly swallow?: Direction | 'both';
  /** Resets new connections at once, as if nobody listened. */
  readonly refuse?: boolean;
}

/** What a proxy has done so far. */
export interface InjectedFaults {
  /** Connections ended in order, by `cut` or `cutAt`. */
  cuts: number;
  /** Connections reset, by `reset` or `cutAt`. */
  resets: number;
  /** Connections reset before anything could pass. */
  refusals: number;
  /** Pieces of data that arrived late. */
  delays: number;
  /** Pieces into which data was cut up by `bytesPerSecond` or `sliceBytes`. */
  slices: number;
  /** Bytes that arrived nowhere, by `swallow`. */
  swallowedBytes: number;
}

/** The end of a connection that is made when certain bytes come. */
export interface CutOptions {
  /** Which data are looked at. Default `toClient`. */
  readonly direction?: Direction;
  /** Whether the connection is reset (RST) instead of ended in order (FIN). Default `false`. */
  readonly reset?: boolean;
}
