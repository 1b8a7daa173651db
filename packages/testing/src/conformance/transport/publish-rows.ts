import { PublishError } from '@tidings/core';
import type { PublishFailure } from '@tidings/core';
import { expect } from 'vitest';

import { eventually } from '../../eventually.ts';
import {
  declare,
  eventOf,
  eventsOf,
  publish,
  received,
  record,
  type TransportRow,
} from './helpers.ts';

async function failuresOf(published: Promise<void>): Promise<readonly PublishFailure[]> {
  const error = await published.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof PublishError) return error.failures;
  throw new Error('publishing did not fail with a PublishError', { cause: error });
}

/** T21 as far as it is the transport’s, and T28: what was not taken is said, and repetitions are marked. */
export const publishRows: readonly TransportRow[] = [
  {
    id: 'T21',
    title: 'what is published again is marked as redelivered',
    async run({ transport }) {
      await declare(transport, 's');
      const recorder = await record(transport, 's');
      await transport.publish([
        { envelope: eventOf('fresh'), republished: false },
        { envelope: eventOf('again'), republished: true },
      ]);
      await received(2, recorder);
      const marks = recorder.deliveries.map((delivery, index) => [
        recorder.ids()[index],
        delivery.redelivered,
      ]);
      expect(Object.fromEntries(marks)).toEqual({ fresh: false, again: true });
    },
  },
  {
    id: 'T28',
    title:
      'a command that nobody takes is an error that names it; what was published with it is delivered',
    async run({ transport }) {
      await transport.declare([
        { name: 's', kind: 'event', types: ['conformance.Happened'] },
        { name: 'commands', kind: 'command', types: ['conformance.Do'] },
      ]);
      const events = await record(transport, 's');
      const commands = await record(transport, 'commands');
      const failures = await failuresOf(
        publish(transport, [
          eventOf('event'),
          eventOf('nobody takes it', { kind: 'command', type: 'conformance.Other' }),
          eventOf('taken', { kind: 'command', type: 'conformance.Do' }),
        ]),
      );
      expect(failures).toMatchObject([{ messageId: 'nobody takes it', kind: 'unroutable' }]);
      await received(2, events, commands);
      expect([events.ids(), commands.ids()]).toEqual([['event'], ['taken']]);
    },
  },
  {
    id: 'T28',
    title: 'an event without a subscription is no error, and neither is an empty list',
    async run({ transport }) {
      await expect(
        publish(transport, [eventOf('e1', { type: 'conformance.Unknown' })]),
      ).resolves.toBeUndefined();
      await expect(publish(transport, [])).resolves.toBeUndefined();
    },
  },
  {
    id: 'T28',
    title:
      'what the transport cannot take is an error each time, and it is taken when it can be again',
    needs: ['refusals'],
    timeoutMs: 60_000,
    async run({ transport, refusals }) {
      expect(refusals?.length).toBeGreaterThan(0);
      await declare(transport, 's');
      const recorder = await record(transport, 's');
      for (const { name, provoke } of refusals ?? []) {
        const restore = await provoke();
        const failures = await failuresOf(publish(transport, [eventOf(name)]));
        expect(failures.map(({ messageId }) => messageId)).toEqual([name]);
        await restore();
        await publish(transport, [eventOf(`${name}, later`)]);
      }
      const later = refusals?.map(({ name }) => `${name}, later`);
      // What was not known to be taken may have been, and comes as well then.
      await eventually(() => later?.every((id) => recorder.ids().includes(id)));
      expect(recorder.ids()).toEqual(expect.arrayContaining(later ?? []));
    },
  },
  {
    id: 'T28',
    title:
      'a closed transport says that nothing it did not settle was published, and refuses to be used',
    async run({ transport }) {
      await declare(transport, 's');
      const published = publish(transport, eventsOf(2));
      if (transport.capabilities.durable) await published;
      await transport.close();
      await transport.close();
      if (!transport.capabilities.durable) {
        const failures = await failuresOf(published);
        expect(failures.map(({ messageId, kind }) => [messageId, kind])).toEqual([
          ['e0', 'unconfirmed'],
          ['e1', 'unconfirmed'],
        ]);
      }
      await expect(publish(transport, eventsOf(1))).rejects.toMatchObject({
        code: 'TIDINGS_TRANSPORT_USAGE',
      });
      await expect(record(transport, 's')).rejects.toMatchObject({
        code: 'TIDINGS_TRANSPORT_USAGE',
      });
    },
  },
  {
    id: 'T26',
    title: 'a closed transport works again after declaring',
    async run({ transport }) {
      await declare(transport, 's');
      await transport.close();
      await declare(transport, 's');
      const recorder = await record(transport, 's');
      await publish(transport, eventsOf(3));
      await received(3, recorder);
      expect(new Set(recorder.ids()).size).toBe(3);
    },
  },
  {
    id: 'T28',
    title: 'a subscription that is not declared cannot be consumed',
    async run({ transport }) {
      await expect(record(transport, 'unknown')).rejects.toMatchObject({
        code: 'TIDINGS_TRANSPORT_USAGE',
      });
    },
  },
];
