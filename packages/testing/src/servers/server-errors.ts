import { TidingsError } from '@tidings/domain';

/** No way to start a server was open; the message lists what was tried and what to install. */
export class ServerUnavailableError extends TidingsError {
  constructor(server: string, tried: readonly string[], remedy: string) {
    super(
      'TIDINGS_TEST_SERVER_UNAVAILABLE',
      `Cannot start ${server} for tests: ${tried.join('; ')}. ${remedy}`,
      { details: { server, tried } },
    );
  }
}

/** The server that was found cannot do what a test asked of it. */
export class ServerOperationError extends TidingsError {
  constructor(operation: string, engine: string, remedy: string) {
    super(
      'TIDINGS_TEST_SERVER_UNSUPPORTED',
      `Cannot ${operation} a server of engine "${engine}". ${remedy}`,
      { details: { operation, engine } },
    );
  }
}
