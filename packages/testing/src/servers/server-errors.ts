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

/** What an engine answers that uses a server which is there for others as well. */
export function refuseToDisturb(operation: string): Promise<never> {
  return Promise.reject(
    new ServerOperationError(
      operation,
      'environment',
      'It belongs to someone else. Ask for { crashable: true } to get a server of your own.',
    ),
  );
}

/** Connections are still open although a test has ended that had to close them. */
export class ConnectionsLeftError extends TidingsError {
  constructor(server: string, connections: readonly string[]) {
    super(
      'TIDINGS_TEST_CONNECTIONS_LEFT',
      `${connections.length} connections to ${server} are still open: ${connections.join('; ')}. ` +
        'Close in the test, or in its afterEach or afterAll, what it has opened.',
      { details: { server, connections } },
    );
  }
}
