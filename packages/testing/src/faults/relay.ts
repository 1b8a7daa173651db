import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { LONGEST_PATTERN_BYTES, type ArmedCuts } from './armed-cuts.ts';
import type { Direction, InjectedFaults, ProxyBehaviour } from './behaviour.ts';

/** So much waits to be passed on before the sender is held up. */
const WAITING_AT_MOST_BYTES = 1024 * 1024;

/** What a relay is told by its proxy. */
export interface RelayOrders {
  readonly behaviour: () => ProxyBehaviour;
  readonly cuts: ArmedCuts;
  readonly injected: InjectedFaults;
}

/** How a connection ends: the sender has no more, it is gone, it has failed; or a cut is due. */
type Ending = 'end' | 'gone' | 'failed' | 'cut' | 'reset';

type Parcel =
  | { readonly data: Buffer; readonly due: number }
  | { readonly ending: Ending; readonly due: number };

/** One direction of a connection: what comes from one socket goes to another, in order, as the proxy behaves. */
export class Relay {
  readonly #direction: Direction;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #orders: RelayOrders;
  readonly #queue: Parcel[] = [];
  #waitingBytes = 0;
  #passing = false;
  #hasLost = false;
  #isCut = false;
  #seen: Buffer = Buffer.alloc(0);

  constructor(direction: Direction, source: Socket, sink: Socket, orders: RelayOrders) {
    this.#direction = direction;
    this.#source = source;
    this.#sink = sink;
    this.#orders = orders;
  }

  /** Passes on from now until one of the sockets is no more. */
  start(): void {
    let failed = false;
    this.#source.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#source.on('end', () => this.#finish('end'));
    this.#source.on('error', () => (failed = true));
    this.#source.on('close', () => this.#finish(failed ? 'failed' : 'gone'));
  }

  #take(chunk: Buffer): void {
    if (this.#isCut) return;
    if (this.#swallows()) {
      this.#hasLost = true;
      this.#orders.injected.swallowedBytes += chunk.length;
      return;
    }
    const cut = this.#orders.cuts.take(this.#direction, this.#seen, chunk);
    this.#seen = Buffer.concat([this.#seen, chunk]).subarray(1 - LONGEST_PATTERN_BYTES);
    const data = cut === undefined ? chunk : chunk.subarray(0, cut.before);
    this.#queue.push({ data, due: this.#due() });
    this.#waitingBytes += data.length;
    if (this.#waitingBytes > WAITING_AT_MOST_BYTES) this.#source.pause();
    if (cut === undefined) void this.#pass();
    else this.#finish(cut.reset ? 'reset' : 'cut');
  }

  #finish(ending: Ending): void {
    if (this.#isCut) return;
    if (this.#swallows()) {
      this.#hasLost = true;
      return;
    }
    this.#isCut = ending === 'cut' || ending === 'reset';
    this.#queue.push({ ending, due: this.#due() });
    void this.#pass();
  }

  /** Whether what the source does remains unknown to the sink. */
  #swallows(): boolean {
    const { swallow } = this.#orders.behaviour();
    return this.#hasLost || swallow === 'both' || swallow === this.#direction;
  }

  #due(): number {
    const { latencyMs = 0 } = this.#orders.behaviour();
    if (latencyMs > 0) this.#orders.injected.delays += 1;
    return performance.now() + latencyMs;
  }

  /** Passes on what waits. One call at a time does so; what is added meanwhile is passed on by it. */
  async #pass(): Promise<void> {
    if (this.#passing) return;
    this.#passing = true;
    for (let parcel = this.#queue.shift(); parcel !== undefined; parcel = this.#queue.shift()) {
      const early = parcel.due - performance.now();
      if (early > 0) await delay(early);
      if ('ending' in parcel) {
        this.#end(parcel.ending);
      } else {
        await this.#write(parcel.data);
        this.#waitingBytes -= parcel.data.length;
        if (this.#waitingBytes <= WAITING_AT_MOST_BYTES) this.#source.resume();
      }
    }
    this.#passing = false;
  }

  async #write(data: Buffer): Promise<void> {
    const { injected, behaviour } = this.#orders;
    for (let rest = data; rest.length > 0 && this.#sink.writable;) {
      const { bytesPerSecond = Infinity, sliceBytes = Infinity } = behaviour();
      // Ten pieces a second: fine enough to be slow, coarse enough to be cheap.
      const size = Math.min(sliceBytes, Math.max(1, Math.floor(bytesPerSecond / 10)), rest.length);
      const slice = rest.subarray(0, size);
      rest = rest.subarray(size);
      if (!this.#sink.write(slice)) await settled(this.#sink);
      if (bytesPerSecond === Infinity && sliceBytes === Infinity) continue;
      injected.slices += 1;
      await (bytesPerSecond === Infinity ? turn() : delay((size / bytesPerSecond) * 1000));
    }
  }

  #end(ending: Ending): void {
    const { injected } = this.#orders;
    switch (ending) {
      case 'end':
        this.#sink.end();
        break;
      case 'gone':
        this.#sink.destroySoon();
        break;
      case 'failed':
        this.#sink.resetAndDestroy();
        break;
      case 'cut':
        injected.cuts += 1;
        this.#sink.destroySoon();
        this.#source.destroy();
        break;
      case 'reset':
        injected.resets += 1;
        this.#sink.resetAndDestroy();
        this.#source.resetAndDestroy();
    }
  }
}

/** Resolves when a socket takes more, or never will. */
async function settled(socket: Socket): Promise<void> {
  const gone = new AbortController();
  const { signal } = gone;
  await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(
    () => {},
  );
  gone.abort();
}
