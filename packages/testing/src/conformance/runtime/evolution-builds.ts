import { on, type App, type Envelope, type FeaturePart } from '@tidings/core';
import {
  command,
  event,
  type CommandDefinition,
  type EventDefinition,
  type StandardSchemaV1,
} from '@tidings/domain';

import { numbered, type Numbered } from './helpers.ts';

/** What {@link Numbered} has become in the newer build. */
export interface Step {
  readonly key: string;
  readonly step: { readonly number: number };
}

const step: StandardSchemaV1<Step> = {
  '~standard': {
    version: 1,
    vendor: 'tidings',
    validate: (value) => {
      const { step: inner } = value as Partial<Step>;
      return typeof inner?.number === 'number'
        ? { value: value as Step }
        : { issues: [{ message: 'must be a step', path: ['step'] }] };
    },
  },
};

const partitionKey = ({ key }: { readonly key: string }): string => key;
const upcasters = {
  1: (data: unknown): Step => {
    const { key, n } = data as Numbered;
    return { key, step: { number: n } };
  },
};

/** What a build makes of the messages. */
interface Build<Data> {
  readonly Moved: EventDefinition<'conformance.Moved', StandardSchemaV1<Data>>;
  readonly Move: CommandDefinition<'conformance.Move', StandardSchemaV1<Data>>;
}

/** Before the deployment. */
export const older: Build<Numbered> = {
  Moved: event('conformance.Moved', numbered, { partitionKey }),
  Move: command('conformance.Move', numbered, { partitionKey }),
};
/** After it. */
export const newer: Build<Step> = {
  Moved: event('conformance.Moved', step, { partitionKey, version: 2, upcasters }),
  Move: command('conformance.Move', step, { partitionKey, version: 2, upcasters }),
};

/** For an application that only stores. */
export const idle = { relay: false, consume: false };

/** The subscription of the older build; notes what it handled. */
export function olderViews(handled: string[]): FeaturePart {
  return on(older.Moved, 'views', {}, ({ key, n }) => {
    handled.push(`${key}${n}`);
  }) as FeaturePart;
}

/** The same subscription in the newer build. */
export function newerViews(handled: string[]): FeaturePart {
  return on(newer.Moved, 'views', {}, ({ key, step: { number } }) => {
    handled.push(`${key}${number}`);
  }) as FeaturePart;
}

export const ofKey = (handled: readonly string[], key: string): readonly string[] =>
  handled.filter((one) => one.startsWith(key));

export async function deadLetterCount(app: App): Promise<number> {
  return (await app.deadLetters.list()).total;
}

/** An event as some other program stored it. */
export function movedEvent(id: string, more: Partial<Envelope> = {}): Envelope {
  return {
    id,
    kind: 'event',
    type: 'conformance.Moved',
    source: 'conformance',
    time: '2026-01-01T00:00:00.000Z',
    dataversion: 1,
    correlationid: 'c1',
    body: '{"key":"k","n":1}',
    ...more,
  };
}
