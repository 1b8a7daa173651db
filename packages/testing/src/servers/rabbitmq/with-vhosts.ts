import { randomBytes } from 'node:crypto';
import { BrokerFaults } from './broker-faults.ts';
import { Management } from './management.ts';
import type { PrivateRabbitmq, RabbitmqServer } from './private-rabbitmq.ts';
import type { PrivateVhost } from './private-vhost.ts';
import { Vhost } from './vhost.ts';

/** The same broker with vhosts made on demand; those of a broker that is not ours go with `stop`. */
export function withVhosts(server: RabbitmqServer): PrivateRabbitmq {
  const management = new Management(server.managementUrl);
  const faults = new BrokerFaults(server, management);
  const created = new Set<Vhost>();
  const isOurs = server.engine !== 'environment';
  let stopped: Promise<void> | undefined;

  async function createVhost(
    name = `tidings_${randomBytes(6).toString('hex')}`,
  ): Promise<PrivateVhost> {
    const vhost = await Vhost.create(name, server.url, management);
    created.add(vhost);
    return vhost;
  }

  async function closeAllConnections(): Promise<number> {
    const users = isOurs
      ? (await management.list('/users')).map(({ name }) => String(name))
      : [...created].map(({ name }) => name);
    const counts = await Promise.all(users.map((user) => management.closeConnections(user)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async function assertNothingLeft(): Promise<void> {
    for (const vhost of created) await vhost.assertNothingLeft();
  }

  async function stopServer(): Promise<void> {
    if (!isOurs) for (const vhost of created) await vhost.drop();
    await server.stop();
  }

  const stop = (): Promise<void> => (stopped ??= stopServer());

  return {
    url: server.url,
    managementUrl: server.managementUrl,
    engine: server.engine,
    createVhost,
    api: (...request) => management.ask(...request),
    rabbitmqctl: (...args) => server.rabbitmqctl(...args),
    closeAllConnections,
    setMemoryAlarm: (on) => faults.setMemoryAlarm(on),
    setDiskAlarm: (on) => faults.setDiskAlarm(on),
    stopApp: () => faults.stopApp(),
    startApp: () => faults.startApp(),
    crash: () => faults.crash(),
    restart: () => server.restart(),
    assertNothingLeft,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
