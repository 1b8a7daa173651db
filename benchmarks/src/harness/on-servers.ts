import { startPostgres, startRabbitmq } from '@tidings/testing/servers';

import { inRounds, type Results } from './rounds.ts';

/** What contenders get that need a database and a broker. */
export interface ServerSettings {
  /** A database of its own. */
  readonly url: string;
  /** A virtual host of its own. */
  readonly amqpUrl: string;
  readonly messages: number;
}

/**
 * Measures contenders in rounds on one Postgres and one RabbitMQ, which keep what they say they have.
 *
 * @param messages how many each contender is measured on, by its name
 */
export async function inRoundsOnServers(
  messages: Readonly<Record<string, number>>,
  rounds: number,
): Promise<Results> {
  await using postgres = await startPostgres({ fsync: true, crashable: true });
  await using rabbitmq = await startRabbitmq({ crashable: true });
  const entries = Object.entries(messages).map(([contender, count]) => ({
    contender,
    variant: '',
    settings: { url: '', amqpUrl: '', messages: count },
  }));
  return await inRounds(entries, rounds, async (settings: ServerSettings) => ({
    ...settings,
    url: await postgres.createDatabase(),
    amqpUrl: (await rabbitmq.createVhost()).url,
  }));
}
