/** What became of one delivery of one message to one subscription. */
export interface DeliveryRecord {
  readonly subscription: string;
  readonly type: string;
  readonly messageId: string;
  /** `failed`: an attempt failed and will be repeated. */
  readonly outcome: 'handled' | 'failed' | 'dead-lettered' | 'duplicate';
  readonly error?: unknown;
}

/** More is kept for nobody: a test looks at what it caused, a service at its metrics. */
const MAX_RECORDS = 10_000;

/** Remembers the latest deliveries, for `settled()`. */
export class OutcomeRecorder {
  #records: DeliveryRecord[] = [];

  add(record: DeliveryRecord): void {
    if (this.#records.length >= MAX_RECORDS) this.#records = this.#records.slice(MAX_RECORDS / 2);
    this.#records.push(record);
  }

  /** What was recorded since it was last asked. */
  take(): readonly DeliveryRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }
}
