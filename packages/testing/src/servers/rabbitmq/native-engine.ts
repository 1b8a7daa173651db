import { freePort } from '../free-port.ts';
import { createServerFolder } from '../server-folder.ts';
import type { EngineUnavailable } from '../start-first.ts';
import { Broker, type BrokerPorts, type BrokerSettings } from './broker.ts';
import { findNativeBinaries } from './native-binaries.ts';
import type { RabbitmqServer } from './private-rabbitmq.ts';

/** How often a start is tried anew when another process took a free port first. */
const PORT_TRIES = 5;

/** Runs the RabbitMQ that is installed on this machine, in a folder of its own. */
export async function startNative(): Promise<RabbitmqServer | EngineUnavailable> {
  const binaries = findNativeBinaries();
  if (binaries === undefined) return { unavailable: 'no RabbitMQ is installed' };
  const folder = createServerFolder('rabbitmq', ['rabbitmq']);
  try {
    const broker = await start({ binaries, folder });
    return {
      url: broker.url,
      managementUrl: broker.managementUrl,
      engine: 'native',
      rabbitmqctl: (...args) => broker.rabbitmqctl(...args),
      crash: () => broker.kill(),
      restart: () => restart(broker),
      stop: async () => {
        await broker.end();
        folder.remove();
      },
    };
  } catch (error) {
    folder.remove();
    throw error;
  }
}

async function start(settings: Omit<BrokerSettings, 'ports'>): Promise<Broker> {
  for (let tries = 1; ; tries += 1) {
    const broker = new Broker({ ...settings, ports: await freePorts() });
    try {
      await broker.start();
      return broker;
    } catch (error) {
      await broker.end();
      if (tries === PORT_TRIES || !broker.portWasTaken) throw error;
    }
  }
}

/** Starts again on the same ports. A client that connects again and again can hold one for a moment. */
async function restart(broker: Broker): Promise<void> {
  await broker.stop();
  for (let tries = 1; ; tries += 1) {
    try {
      await broker.start();
      return;
    } catch (error) {
      await broker.kill();
      if (tries === PORT_TRIES || !broker.portWasTaken) throw error;
    }
  }
}

async function freePorts(): Promise<BrokerPorts> {
  const [amqp = 0, management = 0, distribution = 0, epmd = 0] = await Promise.all(
    Array.from({ length: 4 }, () => freePort()),
  );
  return { amqp, management, distribution, epmd };
}
