import { expect, test } from 'vitest';

import { settingsOf, type RabbitMqOptions } from './options.ts';

function faultsOf(options: RabbitMqOptions): readonly string[] {
  try {
    settingsOf(options);
  } catch (error) {
    return (error as { details: { faults: string[] } }).details.faults;
  }
  return [];
}

test('options have defaults, and those of a subscription come before those of all', () => {
  const settings = settingsOf({
    url: 'amqp://localhost',
    defaults: { partitions: 2 },
    subscriptions: { views: { partitions: 6, prefetch: 10 }, mails: { prefetch: 1 } },
  });
  expect(settings.exchanges).toEqual({
    events: 'tidings.events',
    commands: 'tidings.commands',
    dead: 'tidings.dead',
  });
  expect(['views', 'mails', 'other'].map(settings.partitionsOf)).toEqual([6, 2, 2]);
  expect(['views', 'mails', 'other'].map(settings.prefetchOf)).toEqual([10, 1, 100]);
});

test('faulty options are refused with every fault at once, and no address is shown', () => {
  const faults = faultsOf({
    url: ['http://user:secret@host', 'secret'],
    exchanges: { events: 'amq.topic', commands: 'same', dead: 'same' },
    publishWindow: 0,
    confirmTimeoutMs: 1.5,
    heartbeatSeconds: 0,
    subscriptions: { views: { partitions: 65, prefetch: 70_000 } },
  });
  expect(faults).toHaveLength(9);
  expect(faults.join()).not.toContain('secret');
  expect(faultsOf({ url: [] })).toEqual(['url names no broker']);
});
