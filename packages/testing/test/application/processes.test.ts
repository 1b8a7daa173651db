import { command, event } from '@tidings/domain';
import {
  createUncheckedApp,
  feature,
  on,
  processManager,
  type ProcessManager,
} from '@tidings/core';
import { inMemory } from '@tidings/in-memory';
import { expect, it } from 'vitest';
import { z } from 'zod';

import { Ordered, Shipped } from './messages.ts';
import { startApp } from './test-app.ts';

/** A process as it may come from JavaScript. */
function untyped(name: string, definition: object): ProcessManager {
  return processManager(name, definition as never);
}

function faultsOf(...processes: ProcessManager[]): readonly string[] {
  try {
    createUncheckedApp({
      service: 'test',
      features: [feature('test', processes)],
      adapters: [inMemory()],
    });
    return [];
  } catch (error) {
    return (error as { readonly faults: readonly string[] }).faults;
  }
}

const id = ({ id: key }: { readonly id: string }): string => key;
const shipping = {
  state: z.object({}),
  startedBy: [Ordered],
  continuedBy: [Shipped],
  correlate: { 'test.Ordered': id, 'test.Shipped': id },
  on: { 'test.Ordered': () => {}, 'test.Shipped': () => {} },
};

it('proves that a process is complete, and tells everything that is missing', () => {
  const Ship = command('test.Ship', z.object({ id: z.string() }));
  expect(faultsOf(untyped('shipping', shipping))).toEqual([]);
  expect(faultsOf(untyped('empty', {}))).toEqual([
    'the process "empty": no event starts it',
    'the process "empty": its "state" is no Standard Schema (it has no "~standard".validate)',
  ]);
  const faulty = untyped('faulty', {
    state: z.object({}),
    startedBy: [Ordered, Ship, undefined],
    continuedBy: [Shipped, Ordered],
    correlate: { 'test.Ordered': id, 'test.Ship': id, 'test.Other': id },
    on: { 'test.Ordered': () => {}, 'test.Ship': () => {}, 'test.Shipped': 'ship' },
    timeouts: { late: undefined, '': () => {} },
    version: 3,
    migrations: { 1: id, 3: id },
    onMissing: 'throw',
  });
  expect(faultsOf(faulty)).toEqual(
    [
      'what it takes has a thing that is no event at place 2 ("test.Ship")',
      'what it takes has a thing that is no event at place 3',
      'it takes "test.Ordered" twice; an event either starts it or continues it',
      'its "correlate" has no correlation of "test.Shipped"',
      'its "correlate" has a correlation of "test.Other", which it does not take',
      'its "on" has no handler of "test.Shipped"',
      'its timeout "late" has no handler',
      'the name of a timeout is empty, too long or has control characters',
      'the migration from version 3 leads nowhere, the version is 3',
      'a migration from version 2 is missing',
      'its "onMissing" must be "ignore" or "dead-letter"',
    ].map((fault) => `the process "faulty": ${fault}`),
  );
  expect(faultsOf(untyped('unversioned', { ...shipping, version: 0 }))).toEqual([
    'the process "unversioned": the version of its state must be a whole number from 1',
  ]);
});

it('holds a process to what holds for any subscription', () => {
  const faults = faultsOf(
    untyped('shipping', { ...shipping, concurrency: 0, timeoutMs: 0, retry: [{ jitter: 2 }] }),
    untyped('shipping', shipping),
    untyped('no name', shipping),
  );
  expect(faults).toEqual([
    'the process "shipping": retry rule 1: "jitter" must be from 0 to 1',
    'the process "shipping": its timeoutMs must be milliseconds above 0',
    'the process "shipping": its concurrency must be a whole number from 1',
    'the message type "test.shipping.timeout" is defined twice; define it once and import it',
    'the process "shipping": there is another one; names of subscriptions and projections are unique',
    expect.stringContaining('the process "no name": its name must be letters and digits'),
  ]);
});

it('tells that names are too long together for the messages of timeouts', () => {
  const long = untyped('p'.repeat(100), shipping);
  expect(() =>
    createUncheckedApp({
      service: 's'.repeat(100),
      features: [feature('test', [long])],
      adapters: [inMemory()],
    }),
  ).toThrow('the type of its timeouts cannot be');
});

it('lets nobody else take the timeouts of a process', () => {
  const Impostor = event('test.shipping.timeout', z.object({}));
  expect(() =>
    createUncheckedApp({
      service: 'test',
      features: [
        feature('test', [untyped('shipping', shipping), on(Impostor, 'impostor', {}, () => {})]),
      ],
      adapters: [inMemory()],
    }),
  ).toThrow('"test.shipping.timeout" is defined twice');
});

it('can be waited for, and tuned, as any subscription', async () => {
  const process = untyped('shipping', {
    ...shipping,
    on: { ...shipping.on, 'test.Ordered': () => ({ state: {} }) },
  });
  const { app } = await startApp([process]);
  app.setConcurrency(process, 2);
  await app.bus.publish(Ordered({ id: 'o1', qty: 1 }));
  await app.settled();
  const { instances } = await app.processes.list({ process: 'shipping' });
  expect(instances.map(({ key, version }) => [key, version])).toEqual([['o1', 1]]);
  await app.stop();
});
