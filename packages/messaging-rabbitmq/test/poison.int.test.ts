import { handle, on } from '@tidings/core';
import { command, event } from '@tidings/domain';
import { eventually } from '@tidings/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { startOnBroker, type BrokerApp } from './support/broker-app.ts';
import { onChannel, uniqueNames, type Names } from './support/rabbitmq-harness.ts';
import { testVhost } from './support/test-vhost.ts';

const broker = testVhost();

const Data = z.object({
  n: z.int().nonnegative(),
  text: z.string().optional(),
  at: z.iso.datetime().optional(),
});
const Happened = event('test.Happened', Data, { version: 1 });
const Do = command('test.Do', Data);

interface Sent {
  readonly body: string | Buffer;
  readonly properties?: object;
}

const good: Sent = { body: '{"n":1}' };
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** What comes, and the reason that it is kept with. */
const corpus: readonly (readonly [row: string, what: string, sent: Sent, reason: string])[] = [
  ['S1', 'truncated JSON', { body: '{"n":1' }, 'invalid-json'],
  ['S1', 'no JSON', { body: 'hello' }, 'invalid-json'],
  ['S2', 'an empty body', { body: '' }, 'invalid-shape'],
  ['S2', 'white space', { body: ' \n\t' }, 'invalid-shape'],
  ['S2', 'null', { body: 'null' }, 'invalid-shape'],
  ['S2', 'an array', { body: '[]' }, 'invalid-shape'],
  ['S2', 'a text', { body: '"str"' }, 'invalid-shape'],
  ['S2', 'a number', { body: '42' }, 'invalid-shape'],
  [
    'S3',
    'plain text',
    { ...good, properties: { contentType: 'text/plain' } },
    'unsupported-content-type',
  ],
  [
    'S3',
    'XML',
    { ...good, properties: { contentType: 'application/xml' } },
    'unsupported-content-type',
  ],
  ['S4', 'invalid UTF-8', { body: Buffer.from([0x22, 0xc3, 0x28, 0x22]) }, 'invalid-encoding'],
  ['S4', 'a byte order mark', { body: Buffer.from('\u{feff}{"n":1}') }, 'invalid-encoding'],
  ['S8', '2 MiB', { body: JSON.stringify({ n: 1, text: 'x'.repeat(2 ** 21) }) }, 'too-large'],
  ['S8', '16 MiB', { body: JSON.stringify({ n: 1, text: 'x'.repeat(2 ** 24) }) }, 'too-large'],
  ['S9', 'nesting of 101', { body: `{"n":1,"deep":${nested(101)}}` }, 'too-deep'],
  ['S9', 'nesting of 100 000', { body: nested(100_000) }, 'too-deep'],
  ['S9', 'nesting of 500 000', { body: nested(500_000) }, 'too-deep'],
  ['S10', 'a million members', { body: `[${'1,'.repeat(2 ** 20)}1]` }, 'too-large'],
  ['S11', 'a member __proto__', { body: '{"n":1,"__proto__":{"polluted":true}}' }, 'invalid-json'],
  ['S12', 'the type constructor', { ...good, properties: { type: 'constructor' } }, 'unknown-type'],
  ['S12', 'the type __proto__', { ...good, properties: { type: '__proto__' } }, 'unknown-type'],
  [
    'S13',
    'a type in another case',
    { ...good, properties: { type: 'test.happened' } },
    'unknown-type',
  ],
  ['S14', 'no id', { ...good, properties: { messageId: undefined } }, 'missing-header:id'],
  [
    'S16',
    'an id of 10 kB',
    { ...good, properties: { headers: { cloudEvents_id: 'x'.repeat(10_000) } } },
    'invalid-attribute',
  ],
  [
    'S16',
    'an id with a line break',
    { ...good, properties: { messageId: 'a\nb' } },
    'invalid-attribute',
  ],
  [
    'S16',
    'an id with NUL',
    { ...good, properties: { headers: { cloudEvents_id: 'a\0b' } } },
    'invalid-attribute',
  ],
  ['S17', 'a text for a number', { body: '{"n":"1"}' }, 'schema'],
  ['S17', 'an object for a text', { body: '{"n":1,"text":{}}' }, 'schema'],
  ['S18', '2^53 + 1', { body: '{"n":9007199254740993}' }, 'invalid-json'],
  ['S18', '1e400', { body: '{"n":1e400}' }, 'invalid-json'],
  ['S18', 'a negative quantity', { body: '{"n":-1}' }, 'schema'],
  ['S19', 'a day that is none', { body: '{"n":1,"at":"2024-13-45T00:00:00Z"}' }, 'schema'],
  [
    'S20',
    'a version of the future',
    { ...good, properties: { headers: { cloudEvents_dataversion: '2' } } },
    'unsupported-version',
  ],
  [
    'S20',
    'version 0',
    { ...good, properties: { headers: { cloudEvents_dataversion: 0 } } },
    'unsupported-version',
  ],
  [
    'S20',
    'a version that is a word',
    { ...good, properties: { headers: { cloudEvents_dataversion: 'two' } } },
    'unsupported-version',
  ],
  [
    'S36',
    'a nested header',
    { ...good, properties: { headers: { cloudEvents_subject: [[[1]]] } } },
    'invalid-header:subject',
  ],
  ['S43', 'gzip', { ...good, properties: { contentEncoding: 'gzip' } }, 'unsupported-encoding'],
];

/** What looks odd and is handled all the same, exactly as it came. */
const harmless: readonly (readonly [row: string, what: string, sent: Sent])[] = [
  ['S5', 'control characters in a text', { body: '{"n":1,"text":"a\\u0000b\\u0007"}' }],
  ['S6', 'emoji and right-to-left marks', { body: '{"n":1,"text":"👩‍👩‍👧‍👦\u{202e}abc"}' }],
  ['S6', 'a lone surrogate', { body: '{"n":1,"text":"\\ud800"}' }],
  [
    'S22',
    'a member twice: the last counts, for schema and handler alike',
    { body: '{"n":7,"n":1}' },
  ],
  [
    'S36',
    'an odd x-death and priority',
    { ...good, properties: { priority: 9, headers: { 'x-death': 'never' } } },
  ],
  ['S36', 'a header of 60 kB', { ...good, properties: { headers: { other: 'x'.repeat(60_000) } } }],
];

async function send(
  names: Names,
  kind: 'events' | 'commands',
  id: string,
  sent: Sent,
): Promise<void> {
  const routingKey = kind === 'events' ? 'test.Happened' : 'test.Do';
  await onChannel(broker.vhost.url, async (channel) => {
    channel.publish(names.exchanges[kind], routingKey, Buffer.from(sent.body), {
      messageId: id,
      ...sent.properties,
    });
    // A question on the same channel is answered after the message was taken.
    await channel.checkExchange(names.exchanges[kind]);
  });
}

interface Handled {
  readonly id: string | undefined;
  readonly data: z.infer<typeof Data>;
}

async function start(): Promise<BrokerApp & { names: Names; handled: Handled[] }> {
  const names = uniqueNames();
  const handled: Handled[] = [];
  const parts = [
    on(Happened, 'views', {}, (data, _, { envelope }) => {
      handled.push({ id: envelope?.id, data });
    }),
    handle(Do, {}, (data, _, { envelope }) => {
      handled.push({ id: envelope?.id, data });
    }),
  ];
  return { ...(await startOnBroker(parts, { url: broker.vhost.url, ...names })), names, handled };
}

test.each(['events', 'commands'] as const)(
  'S1 to S43: %s that cannot be understood become dead letters, each with its reason and bytes, and the consumer lives on',
  { timeout: 120_000 },
  async (kind) => {
    const { app, names, handled } = await start();
    for (const [index, [, , sent]] of corpus.entries())
      await send(names, kind, `poison ${index}`, sent);
    for (const [index, [, , sent]] of harmless.entries())
      await send(names, kind, `odd ${index}`, sent);
    await send(names, kind, 'the last', good);
    await eventually(() => handled.some(({ id }) => id === 'the last'), { timeoutMs: 60_000 });
    const letters = await eventually(
      async () => {
        const page = await app.deadLetters.list({}, { limit: 200 });
        return page.total === corpus.length && page.letters;
      },
      { timeoutMs: 30_000, what: `that there are ${corpus.length} dead letters` },
    );
    const outcomes = letters.map(({ reason, envelope, bytes }) => ({
      reason,
      bytes: Buffer.from(bytes ?? envelope?.body ?? '').toString('hex'),
    }));
    const expected = corpus.map(([, , { body }, reason]) => ({
      reason,
      bytes: Buffer.from(body).toString('hex'),
    }));
    const inOrder = (list: typeof outcomes): string[] =>
      list.map(({ reason, bytes }) => `${reason} ${bytes.length} ${bytes.slice(0, 80)}`).toSorted();
    expect(inOrder(outcomes)).toEqual(inOrder(expected));
    expect(handled.map(({ id }) => String(id)).toSorted()).toEqual(
      [...harmless.map((_, index) => `odd ${index}`), 'the last'].toSorted(),
    );
    for (const [index, [, , { body }]] of harmless.entries()) {
      const { data } = handled.find(({ id }) => id === `odd ${index}`) as Handled;
      expect(data).toEqual(JSON.parse(String(body)));
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  },
);

test('S13 a type that the service knows, and this subscription does not take, is unknown to it', async () => {
  const Other = event('test.Other', Data);
  const names = uniqueNames();
  const heard: string[] = [];
  const { app } = await startOnBroker(
    [
      on(Happened, 'views', {}, () => heard.push('views')),
      on(Other, 'others', {}, () => heard.push('others')),
    ],
    { url: broker.vhost.url, ...names },
  );
  await onChannel(broker.vhost.url, async (channel) => {
    channel.sendToQueue(`${names.service}.views`, Buffer.from('{"n":1}'), {
      messageId: 'm1',
      type: 'test.Other',
    });
    await channel.checkQueue(`${names.service}.views`);
  });
  const letter = await eventually(async () => (await app.deadLetters.list()).letters[0]);
  expect(letter).toMatchObject({ subscription: 'views', reason: 'unknown-type' });
  expect(heard).toEqual([]);
});

test('S15 a copy is dropped; another message under the same id becomes a dead letter', async () => {
  const { app, names, handled } = await start();
  await send(names, 'events', 'm1', good);
  await eventually(() => handled.length === 1);
  await send(names, 'events', 'm1', good);
  await send(names, 'events', 'm1', { body: '{"n":2}' });
  const [letter] = await eventually(async () => {
    const { letters } = await app.deadLetters.list();
    return letters.length > 0 && letters;
  });
  expect(letter).toMatchObject({ reason: 'id-conflict', envelope: { body: '{"n":2}' } });
  await send(names, 'events', 'm2', good);
  await eventually(() => handled.length === 2);
  expect(handled.map(({ id }) => id)).toEqual(['m1', 'm2']);
});
