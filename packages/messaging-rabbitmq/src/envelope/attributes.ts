import type { Envelope } from '@tidings/core';

type TextAttribute = Exclude<keyof Envelope, NumberAttribute | 'kind' | 'body'>;
type NumberAttribute = 'dataversion' | 'aggregateversion';

/** Headers of CloudEvents attributes have this prefix (AMQP binding 1.0.2, §3.1.3.1). */
export const PREFIX = 'cloudEvents_';

/** The prefix that the binding had before, and that senders may still use. */
export const OLD_PREFIX = 'cloudEvents:';

/** The attributes of an envelope that are text and travel as headers of the same name. */
export const TEXT_ATTRIBUTES: readonly TextAttribute[] = [
  'id',
  'type',
  'source',
  'subject',
  'time',
  'correlationid',
  'causationid',
  'partitionkey',
  'traceparent',
  'intentid',
];

/** Those that are whole numbers; they travel as text as well, as in every binary binding. */
export const NUMBER_ATTRIBUTES: readonly NumberAttribute[] = ['dataversion', 'aggregateversion'];

/** The message may have been published before, by a process that did not live to know. */
export const REPUBLISHED_HEADER = 'tidings-republished';
