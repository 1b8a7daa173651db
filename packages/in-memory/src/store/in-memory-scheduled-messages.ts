import { CommitFailedError, InvalidOptionsError, pageSize } from '@tidings/core';
import type {
  Clock,
  Due,
  Envelope,
  PendingPage,
  PendingQuery,
  ReleasedMessages,
  ScheduledMessage,
  ScheduledMessages,
} from '@tidings/core';

import type { InMemoryMessageLog } from './in-memory-message-log.ts';

interface Entry {
  readonly envelope: Envelope;
  /** In the order of insertion. */
  readonly number: number;
  /** By the wall clock. */
  readonly dueAt: number;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** Scheduled messages in the order in which they fire. */
export class InMemoryScheduledMessages implements ScheduledMessages {
  readonly #clock: Clock;
  readonly #log: InMemoryMessageLog;
  #entries: Entry[] = [];
  #lastNumber = 0;

  constructor(clock: Clock, log: InMemoryMessageLog) {
    this.#clock = clock;
    this.#log = log;
  }

  /** @throws CommitFailedError when a message id waits or is in the log already, or is twice among `messages` */
  refuseKnown(messages: readonly ScheduledMessage[]): void {
    this.#log.refuseKnown(messages.map(({ envelope }) => envelope));
    for (const { envelope } of messages) {
      if (this.#indexOf(envelope.id) === -1) continue;
      throw new CommitFailedError(`a message ${JSON.stringify(envelope.id)} is scheduled already`);
    }
  }

  add(messages: readonly ScheduledMessage[]): void {
    for (const { envelope, due } of messages) {
      this.#insert({
        envelope: Object.freeze(envelope),
        number: (this.#lastNumber += 1),
        dueAt: this.#momentOf(due),
      });
    }
  }

  remove(messageIds: readonly string[]): void {
    for (const id of messageIds) this.#take(id);
  }

  /** When a message is due, if it waits. */
  dueAt(messageId: string): string | undefined {
    const entry = this.#entries[this.#indexOf(messageId)];
    return entry && new Date(entry.dueAt).toISOString();
  }

  async release(limit: number): Promise<ReleasedMessages> {
    const now = this.#clock.now();
    const firstLater = this.#entries.findIndex(({ dueAt }) => dueAt > now);
    const dueCount = firstLater === -1 ? this.#entries.length : firstLater;
    const due = this.#entries.splice(0, Math.min(limit, dueCount));
    const known: string[] = [];
    for (const { envelope } of due) {
      if (this.#log.has(envelope.id)) known.push(envelope.id);
      else this.#log.append([envelope]);
    }
    return { count: due.length, known };
  }

  async cancel(messageId: string): Promise<boolean> {
    return this.#take(messageId) !== undefined;
  }

  async reschedule(messageId: string, due: Due): Promise<boolean> {
    const entry = this.#take(messageId);
    if (entry === undefined) return false;
    this.#insert({ ...entry, dueAt: this.#momentOf(due) });
    return true;
  }

  async nextDueIn(): Promise<number | undefined> {
    const [first] = this.#entries;
    return first && first.dueAt - this.#clock.now();
  }

  async list(
    { type }: PendingQuery = {},
    { limit = DEFAULT_LIMIT, after }: { limit?: number; after?: string } = {},
  ): Promise<PendingPage> {
    const matching = this.#entries.filter(
      ({ envelope }) => (type ?? envelope.type) === envelope.type,
    );
    const cursor = after === undefined ? undefined : cursorOf(after);
    const ahead =
      cursor === undefined ? matching : matching.filter((entry) => comesBefore(cursor, entry));
    const page = ahead.slice(0, pageSize(limit, MAX_LIMIT));
    const last = page.at(-1);
    return {
      total: matching.length,
      messages: page.map(({ envelope, dueAt }) => ({
        envelope,
        dueAt: new Date(dueAt).toISOString(),
      })),
      ...(last !== undefined && last !== ahead.at(-1) && { next: `${last.dueAt}:${last.number}` }),
    };
  }

  #momentOf(due: Due): number {
    return 'at' in due ? Date.parse(due.at) : this.#clock.now() + due.inMs;
  }

  #insert(entry: Entry): void {
    const before = this.#entries.findLastIndex((other) => comesBefore(other, entry));
    this.#entries.splice(before + 1, 0, entry);
  }

  #take(messageId: string): Entry | undefined {
    const index = this.#indexOf(messageId);
    return index === -1 ? undefined : this.#entries.splice(index, 1)[0];
  }

  #indexOf(messageId: string): number {
    return this.#entries.findIndex(({ envelope }) => envelope.id === messageId);
  }
}

type Place = Pick<Entry, 'dueAt' | 'number'>;

function comesBefore(one: Place, other: Place): boolean {
  return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.number < other.number);
}

function cursorOf(after: string): Place {
  const [dueAt = Number.NaN, number = Number.NaN] = after.split(':').map(Number);
  if (Number.isFinite(dueAt) && Number.isFinite(number)) return { dueAt, number };
  throw new InvalidOptionsError('the list of scheduled messages', [
    'after must be the `next` of a page',
  ]);
}
