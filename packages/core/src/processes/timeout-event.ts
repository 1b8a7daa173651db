import { event, type EventDefinition, type StandardSchemaV1 } from '@tidings/domain';

/** What the message of a timeout says. */
export interface TimeoutData {
  /** Key of the instance. */
  readonly key: string;
  /** The instance that set it: another one may have the key by now. */
  readonly instance: string;
  readonly timeout: string;
}

export type TimeoutEvent = EventDefinition<string, StandardSchemaV1<TimeoutData>>;

const FIELDS = ['key', 'instance', 'timeout'] as const;

const schema: StandardSchemaV1<TimeoutData> = {
  '~standard': {
    version: 1,
    vendor: 'tidings',
    validate(value) {
      const data = (typeof value === 'object' ? value : undefined) as
        | Partial<Record<string, unknown>>
        | null
        | undefined;
      const issues = FIELDS.filter((name) => typeof data?.[name] !== 'string').map((name) => ({
        path: [name],
        message: 'must be text',
      }));
      return issues.length > 0 ? { issues } : { value: data as unknown as TimeoutData };
    },
  },
};

/** The type of the messages of a process's timeouts; they share a transport with those of other services. */
function timeoutType(service: string, process: string): string {
  return `${service}.${process}.timeout`;
}

/**
 * Defines the event that tells a process, and nobody else, that a timeout is due.
 *
 * @throws {@link DefinitionError} where the names make no type
 */
export function timeoutEvent(service: string, process: string): TimeoutEvent {
  return event(timeoutType(service, process), schema, { partitionKey: ({ key }) => key });
}
