import type { ConnectionOptions as TlsOptions } from 'node:tls';

import { InvalidOptionsError } from '@tidings/core';

import { BUCKETS } from './topology/partitions.ts';

/** How one subscription is consumed. */
export interface SubscriptionSettings {
  /**
   * Over how many queues its messages are spread by partition key, so that several processes share
   * them and the order per key holds. From 1 to 64. Cannot be changed while messages wait. Default 1.
   */
  readonly partitions?: number;
  /**
   * How many messages of a queue a process has at most that are not settled. Never less than its
   * concurrency. Default 100.
   */
  readonly prefetch?: number;
}

export interface RabbitMqOptions {
  /**
   * `amqp://user:password@host:5672/vhost`, or `amqps://…`; several for the nodes of a cluster, tried in
   * turns.
   */
  readonly url: string | readonly string[];
  /** Names of the exchanges, all durable. Services that are to understand each other use the same. */
  readonly exchanges?: {
    /** Topic exchange of events. Default `tidings.events`. */
    readonly events?: string;
    /** Topic exchange of commands. Default `tidings.commands`. */
    readonly commands?: string;
    /** Direct exchange of what the broker gives up. Default `tidings.dead`. */
    readonly dead?: string;
  };
  /** By name of the subscription; `commands` is that of the service's commands. */
  readonly subscriptions?: Readonly<Record<string, SubscriptionSettings>>;
  /** For the subscriptions that have none of their own. */
  readonly defaults?: SubscriptionSettings;
  /** How many messages may be on the way to the broker, not yet confirmed. Default 1000. */
  readonly publishWindow?: number;
  /** How many bytes of bodies may be. Default 16 MiB. */
  readonly publishWindowBytes?: number;
  /**
   * How long, in milliseconds, the broker may confirm nothing while messages are on the way. They count
   * as not published then, and the connection is made anew. Default 10 000.
   */
  readonly confirmTimeoutMs?: number;
  /** After how many seconds without a sign of life a connection counts as lost. Default 10. */
  readonly heartbeatSeconds?: number;
  /** How long, in milliseconds, one attempt to connect may take. Default 10 000. */
  readonly connectTimeoutMs?: number;
  /** How long, in milliseconds, the start waits for a broker that does not answer. Default 30 000. */
  readonly startTimeoutMs?: number;
  /** Options of the TLS connection, for `amqps://`. */
  readonly tls?: TlsOptions;
}

/** All options, with their defaults. */
export interface Settings {
  readonly urls: readonly string[];
  readonly exchanges: { readonly events: string; readonly commands: string; readonly dead: string };
  readonly partitionsOf: (subscription: string) => number;
  readonly prefetchOf: (subscription: string) => number;
  readonly publishWindow: number;
  readonly publishWindowBytes: number;
  readonly confirmTimeoutMs: number;
  readonly heartbeatSeconds: number;
  readonly connectTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly tls: TlsOptions | undefined;
}

const DEFAULT_PREFETCH = 100;
const MAX_PREFETCH = 65_535;

/**
 * Checks the options and fills in what is left out.
 *
 * @throws {@link InvalidOptionsError} with every fault; a URL is not shown, because it may hold a password
 */
export function settingsOf(options: RabbitMqOptions): Settings {
  const { exchanges = {}, subscriptions = {}, defaults = {} } = options;
  const numbers = {
    publishWindow: options.publishWindow ?? 1000,
    publishWindowBytes: options.publishWindowBytes ?? 16 * 1024 * 1024,
    confirmTimeoutMs: options.confirmTimeoutMs ?? 10_000,
    heartbeatSeconds: options.heartbeatSeconds ?? 10,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    startTimeoutMs: options.startTimeoutMs ?? 30_000,
  };
  const names = {
    events: exchanges.events ?? 'tidings.events',
    commands: exchanges.commands ?? 'tidings.commands',
    dead: exchanges.dead ?? 'tidings.dead',
  };
  const urls = typeof options.url === 'string' ? [options.url] : options.url;
  const faults = [
    ...(urls.length === 0 ? ['url names no broker'] : []),
    ...urls.flatMap(urlFaults),
    ...Object.entries(numbers)
      .filter(([, value]) => !isWhole(value, 1, Number.MAX_SAFE_INTEGER))
      .map(([name]) => `${name} must be a whole number above 0`),
    ...Object.entries(names)
      .filter(([, name]) => !/^[\w.:-]{1,200}$/.test(name) || name.startsWith('amq.'))
      .map(
        ([key]) =>
          `exchanges.${key} must be 1 to 200 letters, digits and .:_-, not beginning with amq.`,
      ),
    ...(new Set(Object.values(names)).size === 3
      ? []
      : ['the exchanges must have different names']),
    ...subscriptionFaults('defaults', defaults),
    ...Object.entries(subscriptions).flatMap(([name, settings]) =>
      subscriptionFaults(`subscriptions["${name}"]`, settings),
    ),
  ];
  if (faults.length > 0) throw new InvalidOptionsError('rabbitmqMessaging', faults);
  const bySubscription = new Map(Object.entries(subscriptions));
  return {
    urls,
    exchanges: names,
    partitionsOf: (name) => bySubscription.get(name)?.partitions ?? defaults.partitions ?? 1,
    prefetchOf: (name) =>
      bySubscription.get(name)?.prefetch ?? defaults.prefetch ?? DEFAULT_PREFETCH,
    ...numbers,
    tls: options.tls,
  };
}

function urlFaults(url: string): readonly string[] {
  const isAddress =
    URL.canParse(url) &&
    ['amqp:', 'amqps:'].includes(new URL(url).protocol) &&
    new URL(url).hostname !== '';
  return isAddress
    ? []
    : [
        'url must be an address as amqp://user:password@host:5672/vhost, with special characters in user and password percent-encoded',
      ];
}

function subscriptionFaults(
  where: string,
  { partitions = 1, prefetch = 1 }: SubscriptionSettings,
): readonly string[] {
  return [
    ...(isWhole(partitions, 1, BUCKETS)
      ? []
      : [`${where}.partitions must be a whole number from 1 to ${BUCKETS}`]),
    ...(isWhole(prefetch, 1, MAX_PREFETCH)
      ? []
      : [`${where}.prefetch must be a whole number from 1 to ${MAX_PREFETCH}`]),
  ];
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}
