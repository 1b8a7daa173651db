/**
 * A message on the move. The attributes have the names of CloudEvents 1.0 and its extensions
 * (https://github.com/cloudevents/spec). `body` is the message's data as JSON text, exactly as it was
 * stored: whoever only passes it on never parses it.
 */
export interface Envelope {
  /** Identifies this message; a delivery with an id already seen is a copy. */
  readonly id: string;
  readonly kind: 'command' | 'event';
  readonly type: string;
  /** Name of the service that sent it. */
  readonly source: string;
  /** Id of the aggregate that recorded it. */
  readonly subject?: string;
  /** When it was recorded or sent, ISO 8601 in UTC. */
  readonly time: string;
  /** Version of the message's definition, from 1. */
  readonly dataversion: number;
  /** The version the aggregate had after the change that this event records. */
  readonly aggregateversion?: number;
  /** Shared by everything that one request caused. */
  readonly correlationid: string;
  /** Id of the message whose handler sent this one. */
  readonly causationid?: string;
  /** Deliveries of one subscription with the same key keep their order. */
  readonly partitionkey?: string;
  /** W3C trace context of whoever sent it. */
  readonly traceparent?: string;
  /** What the sender meant: the same intent takes effect once, however many messages carry it. */
  readonly intentid?: string;
  readonly body: string;
}
