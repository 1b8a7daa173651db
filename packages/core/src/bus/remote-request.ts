import type { Command } from '@tidings/domain';

import { definitionOf } from '../envelope/encode-message.ts';
import { validate } from '../envelope/validate.ts';
import {
  RemoteCommandError,
  UndecodableMessageError,
  UnknownCommandError,
  ValidationError,
  type ValidationFault,
} from '../errors/message-errors.ts';
import { PublishError } from '../errors/transport-errors.ts';
import type { AnyCommandDefinition } from '../handlers/command-handler.ts';
import type { Reply } from '../ports/transport.ts';

/** The result that a reply brings, as the command's schema gives it; the error that it brings is thrown. */
export function resultOf(command: Command, reply: Reply): unknown {
  if (!reply.ok) throw new RemoteCommandError(command.type, reply.error);
  const result: unknown = reply.result === undefined ? undefined : JSON.parse(reply.result);
  const schema = (definitionOf(command) as AnyCommandDefinition).result;
  return schema === undefined
    ? result
    : validate(schema, result, (faults) => unreadableResult(command, faults));
}

/** The command took effect; only its result is not what this side expects. */
function unreadableResult(
  command: Command,
  faults: readonly ValidationFault[],
): UndecodableMessageError {
  const cause = new ValidationError(`The result of ${command.type}`, faults);
  return new UndecodableMessageError('schema', `the reply to ${command.type} does not fit`, {
    cause,
  });
}

/** A command that nobody takes is the same error however it was sent. */
export function requestError(command: Command, error: unknown): unknown {
  const isUnroutable =
    error instanceof PublishError && error.failures.some(({ kind }) => kind === 'unroutable');
  return isUnroutable ? new UnknownCommandError(command.type, { cause: error }) : error;
}
