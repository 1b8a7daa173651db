import { PublishError, type Delivery, type Envelope, type Transport } from '@tidings/core';
import { CollectingLogger, eventually } from '@tidings/testing';
import { startRabbitmq, type PrivateRabbitmq } from '@tidings/testing/servers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import type { RabbitMqOptions } from '../src/index.ts';
import { eventOf, publishAll } from './support/events.ts';
import { transportOf, uniqueNames } from './support/rabbitmq-harness.ts';

/** Longer than any machine takes to recover from what is done to the broker here. */
const patience = { timeoutMs: 60_000 };

let broker: PrivateRabbitmq;
let logger: CollectingLogger;
const opened: Transport[] = [];

beforeAll(async () => {
  broker = await startRabbitmq({ crashable: true });
});
afterAll(async () => {
  await broker.stop();
});

beforeEach(() => {
  logger = new CollectingLogger();
});
afterEach(() => Promise.all(opened.splice(0).map((transport) => transport.close())));

/** A transport, and the ids of what its consumer has handled. */
async function open(
  options: Partial<RabbitMqOptions> = {},
): Promise<{ readonly transport: Transport; readonly handled: ReadonlySet<string> }> {
  const { service, exchanges } = uniqueNames();
  const handled = new Set<string>();
  const transport = transportOf({ url: broker.url, exchanges, ...options }, service, logger);
  opened.push(transport);
  await transport.declare([{ name: 'views', kind: 'event', types: ['test.Happened'] }]);
  await transport.subscribe(
    'views',
    async ({ message }: Delivery) => {
      handled.add((message as Envelope).id);
      return 'settle';
    },
    { concurrency: 50 },
  );
  return { transport, handled };
}

/** Publishes until it is confirmed, as a relay does. */
async function publishForSure(target: Transport, ids: readonly string[]): Promise<number> {
  for (let failures = 0; ; failures += 1) {
    try {
      await publishAll(
        target,
        ids.map((id) => eventOf(id)),
      );
      return failures;
    } catch (error) {
      if (!(error instanceof PublishError) || !error.transient) throw error;
    }
  }
}

/** 100 publishers of 100 messages each, one after the other ten at a time. */
function publishers(transport: Transport): Promise<number[]> {
  return Promise.all(
    Array.from({ length: 100 }, async (_, publisher) => {
      let failures = 0;
      for (let batch = 0; batch < 10; batch += 1) {
        const ids = Array.from({ length: 10 }, (__, index) => `${publisher}:${batch}:${index}`);
        failures += await publishForSure(transport, ids);
      }
      return failures;
    }),
  );
}

test('T16 all of 10 000 messages of 100 publishers arrive although the broker is restarted and killed meanwhile', async () => {
  const { transport, handled } = await open();
  const publishing = publishers(transport);
  await eventually(() => handled.size > 500, patience);
  await broker.stopApp();
  await broker.startApp();
  await eventually(() => handled.size > 3000, patience);
  await broker.crash();
  await broker.restart();
  await publishing;
  await eventually(() => handled.size === 10_000, patience);
});

test('F13 what was confirmed before the broker was killed is there when it is back', async () => {
  const { service, exchanges } = uniqueNames();
  const other = transportOf({ url: broker.url, exchanges }, service, logger);
  await other.declare([{ name: 'views', kind: 'event', types: ['test.Happened'] }]);
  const ids = Array.from({ length: 300 }, (_, index) => `confirmed ${index}`);
  await publishForSure(other, ids);
  await broker.crash();
  await broker.restart();
  const seen = new Set<string>();
  await eventually(
    () =>
      other.ping().then(
        () => true,
        () => false,
      ),
    patience,
  );
  await other.subscribe(
    'views',
    async ({ message }) => {
      seen.add((message as Envelope).id);
      return 'settle';
    },
    { concurrency: 10 },
  );
  await eventually(() => seen.size === 300, patience);
  await other.close();
});

test.each([
  ['F16', 'memory', 'setMemoryAlarm'],
  ['F17', 'disk', 'setDiskAlarm'],
] as const)(
  '%s a broker that is short of %s takes nothing, which is said; it still delivers, and takes again later',
  async (_, __, setAlarm) => {
    const { transport, handled } = await open({ confirmTimeoutMs: 1500 });
    await publishForSure(transport, ['before']);
    await broker[setAlarm](true);
    try {
      for (let round = 0; round < 3; round += 1) {
        const ids = Array.from({ length: 200 }, (___, index) => `${round}:${index}`);
        const large = ids.map((id) => eventOf(id, { body: JSON.stringify('x'.repeat(64 * 1024)) }));
        const error = await publishAll(transport, large).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error).toMatchObject({ code: 'TIDINGS_PUBLISH_FAILED', transient: true });
      }
    } finally {
      await broker[setAlarm](false);
    }
    await publishForSure(transport, ['after']);
    await eventually(() => handled.has('after'), patience);
  },
);

test(
  'N23 a transport closes although the broker takes nothing and answers nothing',
  { timeout: 60_000 },
  async () => {
    const { service, exchanges } = uniqueNames();
    const blocked = transportOf({ url: broker.url, exchanges }, service, logger);
    await blocked.declare([{ name: 'views', kind: 'event', types: ['test.Happened'] }]);
    await blocked.subscribe('views', async () => 'settle', { concurrency: 1 });
    await broker.setMemoryAlarm(true);
    try {
      const published = publishAll(blocked, [eventOf('in vain')]).catch((error: unknown) => error);
      await eventually(() =>
        blocked.ping().then(
          () => false,
          () => true,
        ),
      );
      await blocked.close();
      expect(await published).toMatchObject({ code: 'TIDINGS_PUBLISH_FAILED' });
    } finally {
      await broker.setMemoryAlarm(false);
    }
  },
);

test('a transport waits at its start for a broker that is not there yet, and says so when none comes', async () => {
  await broker.stopApp();
  const { service, exchanges } = uniqueNames();
  const impatient = transportOf(
    { url: broker.url, exchanges, startTimeoutMs: 300 },
    service,
    logger,
  );
  await expect(impatient.declare([])).rejects.toMatchObject({
    code: 'TIDINGS_TRANSPORT_UNAVAILABLE',
  });
  const patient = transportOf({ url: broker.url, exchanges }, service, logger);
  const declared = patient.declare([]);
  await broker.startApp();
  await declared;
  await expect(patient.ping()).resolves.toBeUndefined();
  await patient.close();
});
