import { assertNoConnections } from '../connections-left.ts';
import { path, type Listed, type Management } from './management.ts';
import type {
  ChannelInfo,
  ConnectionInfo,
  ConsumerInfo,
  PrivateVhost,
  QueueInfo,
  RawMessage,
} from './private-vhost.ts';

/** Of every vhost's user: what is in a vhost for tests is no secret. */
const PASSWORD = 'tidings';

/** A virtual host by way of the management API. */
export class Vhost implements PrivateVhost {
  readonly name: string;
  readonly url: string;
  readonly #management: Management;

  private constructor(name: string, url: string, management: Management) {
    this.name = name;
    this.url = url;
    this.#management = management;
  }

  /**
   * Creates a vhost with a user of its own, of the same name: nobody else's vhost is within that
   * user's reach, and the broker knows its connections at once.
   */
  static async create(name: string, server: string, management: Management): Promise<Vhost> {
    const everything = { configure: '.*', write: '.*', read: '.*' };
    await management.ask('PUT', path('vhosts', name), {});
    await management.ask('PUT', path('users', name), { password: PASSWORD, tags: '' });
    await management.ask('PUT', path('permissions', name, name), everything);
    const url = new URL(server);
    url.username = encodeURIComponent(name);
    url.password = PASSWORD;
    url.pathname = `/${encodeURIComponent(name)}`;
    return new Vhost(name, url.href, management);
  }

  async queues(): Promise<readonly QueueInfo[]> {
    // Without the collected figures, which lag, and with totals that are asked of the queues.
    const queues = await this.#management.list(
      `${path('queues', this.name)}?disable_stats=true&enable_queue_totals=true`,
    );
    return queues.map((queue) => ({
      name: text(queue['name']),
      type: text(queue['type']),
      durable: queue['durable'] === true,
      arguments: (queue['arguments'] ?? {}) as Record<string, unknown>,
      ready: number(queue['messages_ready']),
      unacknowledged: number(queue['messages_unacknowledged']),
    }));
  }

  async connections(): Promise<readonly ConnectionInfo[]> {
    const [open, described] = await Promise.all([
      // The list for a user is exact; the one for a vhost has details, which are collected later.
      this.#management.list(path('connections', 'username', this.name)),
      this.#management.list(`${path('vhosts', this.name)}/connections`),
    ]);
    return open.map((connection) => {
      const details = described.find(({ name }) => name === connection['name']) ?? {};
      const state = details['state'];
      return {
        name: text(connection['name']),
        label: labelOf(details),
        state: typeof state === 'string' ? state : undefined,
      };
    });
  }

  async channels(): Promise<readonly ChannelInfo[]> {
    const channels = await this.#management.list(`${path('vhosts', this.name)}/channels`);
    return channels.map((channel) => ({
      name: text(channel['name']),
      number: number(channel['number']),
      connection: text((channel['connection_details'] as Listed | undefined)?.['name']),
      prefetch: number(channel['prefetch_count']),
      unacknowledged: number(channel['messages_unacknowledged']),
      confirms: channel['confirm'] === true,
    }));
  }

  async consumers(): Promise<readonly ConsumerInfo[]> {
    const consumers = await this.#management.list(path('consumers', this.name));
    return consumers.map((consumer) => ({
      tag: text(consumer['consumer_tag']),
      queue: text((consumer['queue'] as Listed | undefined)?.['name']),
      channel: text((consumer['channel_details'] as Listed | undefined)?.['name']),
      prefetch: number(consumer['prefetch_count']),
      active: consumer['active'] === true,
    }));
  }

  async deleteQueue(name: string): Promise<void> {
    await this.#management.ask('DELETE', path('queues', this.name, name));
  }

  async purgeQueue(name: string): Promise<void> {
    await this.#management.ask('DELETE', path('queues', this.name, name, 'contents'));
  }

  async publish({ exchange, routingKey, body, properties }: RawMessage): Promise<boolean> {
    const answer = await this.#management.ask(
      'POST',
      path('exchanges', this.name, exchange ?? 'amq.default', 'publish'),
      {
        routing_key: routingKey,
        payload: Buffer.from(body as Uint8Array).toString('base64'),
        payload_encoding: 'base64',
        properties: properties ?? {},
      },
    );
    return (answer as Listed)['routed'] === true;
  }

  async closeConnections(): Promise<number> {
    return this.#management.closeConnections(this.name);
  }

  async assertNothingLeft(): Promise<void> {
    await assertNoConnections(`the vhost ${this.name}`, async () =>
      (await this.connections()).map(({ name, label }) => `${name} (${label ?? 'without a name'})`),
    );
  }

  async drop(): Promise<void> {
    await this.#management.remove(path('vhosts', this.name));
    await this.#management.remove(path('users', this.name));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drop();
  }
}

function labelOf(connection: Listed): string | undefined {
  const properties = connection['client_properties'] as Listed | undefined;
  const label = properties?.['connection_name'];
  return typeof label === 'string' ? label : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
