import { TidingsError } from '@tidings/domain';

export interface PublishFailure {
  readonly messageId: string;
  /**
   * `unroutable`: nobody takes this command. `refused`: it can never be taken, as one too large.
   * `unconfirmed`: it is not known to have been taken; publish it again.
   */
  readonly kind: 'unroutable' | 'refused' | 'unconfirmed';
  readonly why: string;
}

/** Some messages were not taken by the transport; those not named were. */
export class PublishError extends TidingsError {
  readonly failures: readonly PublishFailure[];

  constructor(failures: readonly PublishFailure[], options: { cause?: unknown } = {}) {
    super(
      'TIDINGS_PUBLISH_FAILED',
      `${failures.length} message(s) were not published: ${failures
        .slice(0, 3)
        .map(({ messageId, kind, why }) => `${messageId} (${kind}: ${why})`)
        .join(', ')}${failures.length > 3 ? ', …' : ''}.`,
      {
        ...options,
        details: { failures },
        transient: failures.every(({ kind }) => kind === 'unconfirmed'),
      },
    );
    this.failures = failures;
  }
}

/** Why the signal of a delivery aborted: it was settled, or given up. */
export class DeliveryEndedError extends TidingsError {
  constructor() {
    super(
      'TIDINGS_DELIVERY_ENDED',
      'The delivery has ended: it was settled or given up. Nothing that is done for it from now on counts.',
    );
  }
}

/** The transport was closed, or the subscription is not declared. */
export class TransportUsageError extends TidingsError {
  constructor(message: string) {
    super('TIDINGS_TRANSPORT_USAGE', message);
  }
}
