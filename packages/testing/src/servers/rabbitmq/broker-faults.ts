import { untilReady } from '../until-ready.ts';
import { untilServes } from './connection.ts';
import type { Management } from './management.ts';
import type { RabbitmqServer } from './private-rabbitmq.ts';

/** How long a broker may take to raise or clear an alarm, in milliseconds. */
const ALARM_WITHIN_MS = 60_000;

/** Faults of a broker that an operator's tool brings about. */
export class BrokerFaults {
  readonly #server: RabbitmqServer;
  readonly #management: Management;

  constructor(server: RabbitmqServer, management: Management) {
    this.#server = server;
    this.#management = management;
  }

  /** A watermark of 0 blocks all publishers; 0.4 is the usual one. */
  async setMemoryAlarm(on: boolean): Promise<void> {
    await this.#server.rabbitmqctl('set_vm_memory_high_watermark', on ? '0' : '0.4');
    await this.#untilAlarm('memory', on);
  }

  /** A limit that no disk meets; 50 MB is the usual one. */
  async setDiskAlarm(on: boolean): Promise<void> {
    await this.#server.rabbitmqctl('set_disk_free_limit', on ? '1000000GB' : '50MB');
    await this.#untilAlarm('disk', on);
  }

  /**
   * Kills the broker, after its tables on disk were written out. RabbitMQ does that twice a second by
   * itself; a quorum queue that is declared right before a crash would otherwise never get a leader
   * again, and not even its deletion would be answered.
   */
  async crash(): Promise<void> {
    const { rabbitmqctl, crash } = this.#server;
    await rabbitmqctl('eval', '[dets:sync(Table) || Table <- dets:all()].').catch(() => {});
    await crash();
  }

  async stopApp(): Promise<void> {
    await this.#server.rabbitmqctl('stop_app');
  }

  async startApp(): Promise<void> {
    await this.#server.rabbitmqctl('start_app');
    await untilServes(this.#server, () => undefined);
  }

  async #untilAlarm(resource: string, on: boolean): Promise<void> {
    const attempt = async (): Promise<void> => {
      const alarms = await this.#management.alarms();
      if (alarms.some((short) => short.startsWith(resource)) !== on)
        throw new Error(`alarms: ${alarms.join(', ')}`);
    };
    await untilReady(attempt, {
      server: `RabbitMQ's ${resource} alarm`,
      withinMs: ALARM_WITHIN_MS,
      pauseMs: 50,
      hasEnded: () => undefined,
    });
  }
}
