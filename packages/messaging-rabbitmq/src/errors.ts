import { TidingsError } from '@tidings/domain';

/** The broker cannot be used now; nothing was lost by it. */
export class TransportUnavailableError extends TidingsError {
  constructor(why: string, options: { cause?: unknown } = {}) {
    super(
      'TIDINGS_TRANSPORT_UNAVAILABLE',
      `RabbitMQ cannot be used: ${why}. Check that it runs and that the address, the user and the virtual host are right.`,
      { ...options, transient: true },
    );
  }
}

/** A queue or an exchange that is needed exists already and is another kind of thing. */
export class TopologyMismatchError extends TidingsError {
  constructor(entity: string, difference: string, options: { cause?: unknown } = {}) {
    super(
      'TIDINGS_TOPOLOGY_MISMATCH',
      `RabbitMQ has ${entity} already, and it is different: ${difference}. Messages may wait in it, so it is left as it is: drain and delete it, or give the service, the subscription or the exchanges another name.`,
      { ...options, details: { entity, difference } },
    );
  }
}
