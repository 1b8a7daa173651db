import { WaitTimeoutError, type MessageBus } from '@tidings/core';
import type { Command } from '@tidings/domain';
import type { FastifyBaseLogger } from 'fastify';

import { allocationsView } from '../allocation/allocations-view.ts';

/** Longer than it takes to replace the relay of a process that was killed. */
const PATIENCE_MS = 8000;

/** What became of a command; without a result when it took effect but the view is late. */
export type Seen<Result> = { readonly result: Result } | { readonly result?: never };

/** Executes a command and waits until the allocations view shows what it did. */
export async function executeAndSee<Result>(
  bus: MessageBus,
  command: Command<string, unknown, Result>,
  intent: string | undefined,
  logger: FastifyBaseLogger,
): Promise<Seen<Result>> {
  try {
    const result = await bus.execute(command, {
      waitFor: [allocationsView],
      waitTimeoutMs: PATIENCE_MS,
      ...(intent === undefined ? {} : { intent }),
    });
    return { result };
  } catch (error) {
    if (!(error instanceof WaitTimeoutError)) throw error;
    logger.warn({ error, command: command.type }, 'the command took effect, but the view is late');
    return {};
  }
}
