import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { post, type ApiAnswer } from '../support/api.ts';

/** A batch that a client wanted added. */
export interface SentBatch {
  readonly ref: string;
  readonly sku: string;
  readonly qty: number;
  isAcknowledged: boolean;
  /** A batch is changed at most once, so that it is known what its quantity can be. */
  change?: { readonly qty: number; isAcknowledged: boolean };
}

/** One attempt to allocate a line; the same line may be sent again. */
export interface SentLine {
  readonly orderid: string;
  readonly sku: string;
  readonly qty: number;
  isAcknowledged: boolean;
  /** What was answered: the batch, or `null` when there was none with enough. */
  batchref?: string | null;
}

/** How the clients of a load behave. */
export interface LoadOptions {
  readonly random: () => number;
  /** Where the service is now; waits for it when it is being started. */
  readonly url: () => Promise<string>;
  /** Whether a request that was not answered, or with 503, is repeated with its `Idempotency-Key`. */
  readonly repeats?: boolean;
  /** Changes the quantity of a batch in place of a request; resolves when that cannot be lost. */
  readonly changeQuantity?: (change: {
    readonly ref: string;
    readonly qty: number;
  }) => Promise<void>;
}

const REPEAT_AFTER_MS = 50;
/** No request may take longer, whatever fails meanwhile. */
const ANSWERED_WITHIN_MS = 60_000;
const SKUS = ['LAMP', 'RUG', 'SOFA', 'TABLE', 'MIRROR'];

/** Clients that send commands as fast as they are answered, and note what was acknowledged. */
export class Load {
  readonly batches: SentBatch[] = [];
  readonly lines: SentLine[] = [];
  readonly unexpected: string[] = [];
  readonly #random: () => number;
  readonly #options: LoadOptions;
  /** Whoever waits for a number of acknowledgements. */
  readonly #waiting: { left: number; readonly resolve: () => void }[] = [];

  constructor(options: LoadOptions) {
    this.#random = options.random;
    this.#options = options;
  }

  /** How many requests were sent, and how many of them acknowledged. */
  get counts(): { sent: number; acknowledged: number } {
    const changes = this.batches.flatMap(({ change }) => (change === undefined ? [] : [change]));
    const sent = [...this.batches, ...this.lines, ...changes];
    return {
      sent: sent.length,
      acknowledged: sent.filter(({ isAcknowledged }) => isAcknowledged).length,
    };
  }

  /** Resolves after so many further acknowledgements. */
  acknowledgements(count: number): Promise<void> {
    return new Promise((resolve) => void this.#waiting.push({ left: count, resolve }));
  }

  async run(clients: number, signal: AbortSignal): Promise<void> {
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (!signal.aborted) await this.#sendSomething();
      }),
    );
  }

  async #sendSomething(): Promise<void> {
    const dice = this.#random();
    const changeable = this.batches.find((batch) => batch.isAcknowledged && !batch.change);
    if (this.batches.length < SKUS.length || dice < 0.12) await this.#addBatch();
    else if (dice < 0.18 && changeable !== undefined) await this.#changeQuantity(changeable);
    else await this.#allocate();
  }

  async #addBatch(): Promise<void> {
    const number = this.batches.length;
    const sku = SKUS[number % SKUS.length] ?? '';
    const qty = 20 + this.#below(80);
    const batch: SentBatch = { ref: `b${number}`, sku, qty, isAcknowledged: false };
    this.batches.push(batch);
    const eta =
      number < SKUS.length ? null : `2030-01-${String(1 + this.#below(28)).padStart(2, '0')}`;
    await this.#send('/add_batch', { ref: batch.ref, sku, qty, eta }, batch);
  }

  async #changeQuantity(batch: SentBatch): Promise<void> {
    const change = { qty: this.#below(batch.qty), isAcknowledged: false };
    batch.change = change;
    if (this.#options.changeQuantity !== undefined) {
      await this.#options.changeQuantity({ ref: batch.ref, qty: change.qty });
      change.isAcknowledged = true;
      return;
    }
    await this.#send('/change_batch_quantity', { batchref: batch.ref, qty: change.qty }, change);
  }

  async #allocate(): Promise<void> {
    const earlier = this.lines[this.#below(this.lines.length)];
    const isRepeated = earlier !== undefined && this.#random() < 0.1;
    const { orderid, sku, qty } = isRepeated
      ? earlier
      : {
          orderid: `o${this.lines.length}`,
          sku: SKUS[this.#below(SKUS.length)] ?? '',
          qty: 1 + this.#below(5),
        };
    const line: SentLine = { orderid, sku, qty, isAcknowledged: false };
    this.lines.push(line);
    const answer = await this.#send('/allocate', { orderid, sku, qty }, line);
    const { batchref } = (answer?.body ?? {}) as { batchref?: string | null };
    if (line.isAcknowledged && batchref !== undefined) line.batchref = batchref;
  }

  async #send(
    path: string,
    body: object,
    sent: { isAcknowledged: boolean },
  ): Promise<ApiAnswer | undefined> {
    const answer = await this.#post(path, body);
    if (answer === undefined) return undefined;
    sent.isAcknowledged = answer.status >= 200 && answer.status < 300;
    if (sent.isAcknowledged) this.#noteAcknowledgement();
    const isKnownRefusal =
      answer.status === 400 && /Invalid sku/.test((answer.body as { message: string }).message);
    if (!sent.isAcknowledged && !isKnownRefusal) {
      this.unexpected.push(`${path} ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer;
  }

  async #post(path: string, body: object): Promise<ApiAnswer | undefined> {
    const { url, repeats = false } = this.#options;
    const headers = repeats ? { 'idempotency-key': randomUUID() } : {};
    for (;;) {
      const limit = AbortSignal.timeout(ANSWERED_WITHIN_MS);
      const answer = await post(`${await url()}${path}`, body, headers, limit).catch(() => {
        // The service ended before it answered: what it did is for the ledger to find out.
        if (limit.aborted) this.unexpected.push(`${path} ${JSON.stringify(body)} had no answer`);
        return undefined;
      });
      if (!repeats || (answer !== undefined && answer.status !== 503)) return answer;
      await pause(REPEAT_AFTER_MS);
    }
  }

  #noteAcknowledgement(): void {
    for (const waiter of this.#waiting) {
      waiter.left -= 1;
      if (waiter.left <= 0) waiter.resolve();
    }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}
