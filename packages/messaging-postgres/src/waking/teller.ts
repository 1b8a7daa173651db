import type { Database } from '../database/database.ts';
import type { Schema } from '../schema/schema.ts';
import { payloadOf, type News } from './news.ts';

/** A payload of a notification may have 8000 bytes. */
const PARTS_OF_PAYLOAD = 300;

export interface TellerOptions {
  readonly database: Database;
  readonly schema: Schema;
  /** This process, as a consumer. */
  readonly consumer: string;
}

/**
 * Tells other processes what they would find out anyway. What comes together while it tells is told together,
 * because the server lets one transaction at a time end that notifies.
 */
export class Teller {
  readonly #with: TellerOptions;
  readonly #arrived = new Map<number, number>();
  readonly #changed = new Set<number>();
  #running: Promise<void> | undefined;

  constructor(options: TellerOptions) {
    this.#with = options;
  }

  arrived(subscription: number, partitions: number): void {
    this.#arrived.set(subscription, (this.#arrived.get(subscription) ?? 0) | partitions);
    this.#running ??= this.#run();
  }

  changed(subscriptions: readonly number[]): void {
    for (const subscription of subscriptions) this.#changed.add(subscription);
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is being told any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let news = this.#next(); news !== undefined; news = this.#next()) {
      // Whoever does not hear it looks by himself.
      await this.#tell(news).catch(() => {});
    }
    this.#running = undefined;
  }

  async #tell(news: News): Promise<void> {
    const { database, schema, consumer } = this.#with;
    await database.run(schema.call('tell', schema.name, payloadOf(consumer, news)));
  }

  #next(): News | undefined {
    const arrivals = [...this.#arrived].slice(0, PARTS_OF_PAYLOAD);
    if (arrivals.length > 0) {
      for (const [subscription] of arrivals) this.#arrived.delete(subscription);
      return {
        kind: 'arrived',
        arrivals: arrivals.map(([subscription, partitions]) => ({ subscription, partitions })),
      };
    }
    const subscriptions = [...this.#changed].slice(0, PARTS_OF_PAYLOAD);
    if (subscriptions.length === 0) return undefined;
    for (const subscription of subscriptions) this.#changed.delete(subscription);
    return { kind: 'changed', subscriptions };
  }
}
