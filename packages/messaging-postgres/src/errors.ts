import { TidingsError } from '@tidings/domain';

/** The database that carries the messages cannot be used now; nothing was lost by it. */
export class TransportUnavailableError extends TidingsError {
  constructor(why: string, options: { cause?: unknown } = {}) {
    super(
      'TIDINGS_TRANSPORT_UNAVAILABLE',
      `Postgres cannot be used to carry messages: ${why}. Check that it runs and accepts connections, and that its role may use the schema.`,
      { ...options, transient: true },
    );
  }
}

/** Another service carries out a command that is declared here. */
export class CommandTakenError extends TidingsError {
  constructor(command: string, service: string, other: string, options: { cause?: unknown } = {}) {
    super(
      'TIDINGS_COMMAND_TAKEN',
      `The command ${command} is handled by the service "${other}", and "${service}" declares it as well; a command has one handler. Give one of them another name. Where "${other}" does not handle it any more, delete its row of the table bindings.`,
      { ...options, details: { command, service, other } },
    );
  }
}
