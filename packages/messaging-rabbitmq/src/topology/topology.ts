import type { TransportSubscription } from '@tidings/core';

import type { Settings } from '../options.ts';

/** One queue of a subscription. */
export interface PartitionQueue {
  readonly name: string;
  readonly partition: number;
}

/** A subscription as the broker has it. */
export interface SubscriptionTopology {
  readonly subscription: TransportSubscription;
  /** The topic exchange that its messages come from. */
  readonly source: string;
  /** Where its messages are spread over the queues; absent where there is one queue only. */
  readonly spread: { readonly exchange: string; readonly rest: string } | undefined;
  readonly queues: readonly PartitionQueue[];
}

/** All names that a service has in a broker. */
export class Topology {
  readonly service: string;
  readonly settings: Settings;
  /** Where the broker puts what it gives up. */
  readonly deadQueue: string;
  /** Where the processes of the service tell each other that they are there. */
  readonly members: string;

  constructor(service: string, settings: Settings) {
    this.service = service;
    this.settings = settings;
    // A name of a subscription ends in a letter or digit, so none can take these.
    this.deadQueue = `${service}.dead_`;
    this.members = `${service}.members_`;
  }

  of(subscription: TransportSubscription): SubscriptionTopology {
    const { exchanges, partitionsOf } = this.settings;
    const name = `${this.service}.${subscription.name}`;
    const partitions = partitionsOf(subscription.name);
    return {
      subscription,
      source: subscription.kind === 'command' ? exchanges.commands : exchanges.events,
      spread:
        partitions === 1 ? undefined : { exchange: name, rest: `${name}.rest_of_${partitions}` },
      queues: Array.from({ length: partitions }, (_, partition) => ({
        name: partitions === 1 ? name : `${name}.${partition}`,
        partition,
      })),
    };
  }

  /** The exchange that a message is published to. */
  exchangeOf(kind: 'command' | 'event'): string {
    const { events, commands } = this.settings.exchanges;
    return kind === 'command' ? commands : events;
  }
}
