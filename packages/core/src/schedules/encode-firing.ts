import type { Envelope } from '../envelope/envelope.ts';
import type { Executor } from '../execution/executor.ts';
import type { IdGenerator } from '../ports/id-generator.ts';
import type { RunnableSchedule } from './runnable-schedule.ts';

export interface FiringContext {
  readonly service: string;
  readonly executor: Pick<Executor, 'encode'>;
  readonly ids: IdGenerator;
}

/**
 * The commands that a schedule sends at these instants. Each carries an intent made of service, schedule
 * and instant, so that it takes effect once, wherever it is handled.
 */
export async function encodeFiring(
  { service, executor, ids }: FiringContext,
  { name, command }: RunnableSchedule,
  instants: readonly Date[],
): Promise<readonly Envelope[]> {
  const messages: Envelope[] = [];
  for (const instant of instants) {
    const origin = {
      correlationid: ids.next(),
      intentid: `${service}.${name}:${instant.toISOString()}`,
    };
    messages.push(await executor.encode(command(new Date(instant)), origin));
  }
  return messages;
}
