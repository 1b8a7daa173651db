import type { Event } from './message.ts';

/**
 * A consistency boundary: it is loaded, changed and saved as a whole, by one transaction at a time.
 * It records what happened to it as events and knows nothing of buses, databases or brokers.
 *
 * Pattern: *Domain-Driven Design* (Evans), ch. 6; *Architecture Patterns with Python*, ch. 7 and 8.
 */
export abstract class Aggregate<Id extends string = string> {
  readonly id: Id;
  #version: number;
  #recorded: Event[] = [];

  /**
   * @param id identity of the aggregate; by default also the partition key of its events
   * @param version how many times it has been saved; 0 (the default) for a new one
   */
  constructor(id: Id, version = 0) {
    this.id = id;
    this.#version = version;
  }

  /** How many times the aggregate has been saved; 0 when it never was. */
  get version(): number {
    return this.#version;
  }

  /** The events recorded since the aggregate was loaded or last saved, oldest first. */
  get recordedEvents(): readonly Event[] {
    return this.#recorded;
  }

  /** Records a fact. It is stored together with the aggregate, and only then published. */
  protected record(event: Event): void {
    this.#recorded.push(event);
  }

  /** For repositories: the aggregate was saved as `version`, and its recorded events with it. */
  markSaved(version: number): void {
    this.#version = version;
    this.#recorded = [];
  }

  /**
   * For units of work: forgets the events recorded after the first `count`, because the savepoint
   * they were recorded in was rolled back.
   */
  forgetEventsAfter(count: number): void {
    this.#recorded.length = Math.min(count, this.#recorded.length);
  }
}
