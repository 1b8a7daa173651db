import type { Envelope, UnreadableMessage } from '@tidings/core';
import type { Message } from 'amqplib';
import {
  anything,
  assert,
  constant,
  dictionary,
  integer,
  json,
  oneof,
  property,
  record,
  string,
  uint8Array,
} from 'fast-check';
import { describe, expect, test } from 'vitest';

import { decode } from './decode.ts';
import { propertiesOf } from './encode.ts';

const NOW = '2026-01-02T03:04:05.678Z';

function message(
  content: string | Buffer,
  properties: object = {},
  routingKey = 'stock.Received',
): Message {
  const fields = { deliveryTag: 1, redelivered: false, exchange: 'tidings.events', routingKey };
  return {
    content: Buffer.from(content),
    fields,
    properties: { headers: {}, messageId: 'm1', ...properties } as Message['properties'],
  };
}

const read = (raw: Message): Envelope | UnreadableMessage =>
  decode(raw, { kind: 'event', now: () => NOW });

function reasonOf(raw: Message): string {
  const decoded = read(raw);
  return 'unreadable' in decoded ? decoded.reason : 'readable';
}

const envelope: Envelope = {
  id: 'm1',
  kind: 'event',
  type: 'stock.Received',
  source: 'warehouse',
  subject: 'LAMP',
  time: '2026-01-01T00:00:00.000Z',
  dataversion: 2,
  aggregateversion: 7,
  correlationid: 'c1',
  causationid: 'm0',
  partitionkey: 'LAMP',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  intentid: 'i1',
  body: '{"sku":"LAMP","qty":3.0}',
};

describe('an envelope on the wire', () => {
  test('comes back as it was', () => {
    const { mandatory: _, ...properties } = propertiesOf(envelope, false);
    expect(read(message(envelope.body, properties))).toEqual(envelope);
  });

  test('of any text comes back as it was', () => {
    const text = string({ unit: 'grapheme', minLength: 1, maxLength: 50 });
    assert(
      property(text, text, json(), (id, partitionkey, body) => {
        const any: Envelope = { ...envelope, id, partitionkey, body };
        expect(read(message(body, propertiesOf(any, true)))).toEqual(any);
      }),
    );
  });

  test('carries the standard properties, its bucket, and who must take it', () => {
    expect(propertiesOf(envelope, false)).toMatchObject({
      messageId: 'm1',
      type: 'stock.Received',
      contentType: 'application/json',
      correlationId: 'c1',
      appId: 'warehouse',
      persistent: true,
      mandatory: false,
      headers: { cloudEvents_specversion: '1.0', cloudEvents_type: 'stock.Received' },
    });
    expect(propertiesOf({ ...envelope, kind: 'command' }, false).mandatory).toBe(true);
    const buckets = ['LAMP', 'VASE', 'TABLE'].map(
      (partitionkey) =>
        (propertiesOf({ ...envelope, partitionkey }, false).headers as Record<string, string>)[
          'tidings-bucket'
        ],
    );
    // CRC-32 modulo 64, as Python's zlib has it.
    expect(buckets).toEqual(['18', '29', '54']);
  });
});

describe('a message of another client', () => {
  test('needs an id and a JSON body; its type is the routing key', () => {
    expect(read(message('{"sku":"LAMP"}'))).toEqual({
      id: 'm1',
      kind: 'event',
      type: 'stock.Received',
      source: 'unknown',
      time: NOW,
      dataversion: 1,
      correlationid: 'm1',
      body: '{"sku":"LAMP"}',
    });
  });

  test('may use the older prefix of CloudEvents, numbers, and AMQP properties', () => {
    const headers = {
      'cloudEvents:id': 'e1',
      'cloudEvents:source': '/shop',
      'cloudEvents:dataversion': 3,
      'cloudEvents:partitionkey': 12,
      other: 'x',
    };
    expect(read(message('1', { headers, correlationId: 'c9', type: 'shop.Sold' }))).toMatchObject({
      id: 'e1',
      type: 'shop.Sold',
      source: '/shop',
      dataversion: 3,
      partitionkey: '12',
      correlationid: 'c9',
    });
  });

  test('may be a CloudEvent in structured mode', () => {
    const event = {
      specversion: '1.0',
      id: 'e2',
      type: 'shop.Sold',
      source: '/shop',
      data: { a: 1 },
    };
    const contentType = 'application/cloudevents+json; charset=utf-8';
    const raw = message(JSON.stringify(event), { contentType, messageId: undefined });
    expect(read(raw)).toMatchObject({ id: 'e2', type: 'shop.Sold', body: '{"a":1}' });
    expect(reasonOf(message('[]', { contentType }))).toBe('invalid-shape');
    expect(reasonOf(message('{', { contentType }))).toBe('invalid-json');
    expect(reasonOf(message('{"id":{}}', { contentType }))).toBe('invalid-header:id');
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(reasonOf(message(`{"id":"x","data":${deep}}`, { contentType }))).toBe('too-deep');
    for (const number of ['9007199254740993', '1e400', '1e-400']) {
      const raw = message(`{"id":"x","data":{"n":${number}}}`, { contentType });
      expect(reasonOf(raw)).toBe('invalid-json');
    }
    expect(reasonOf(message('{"id":"x","data_base64":"AA=="}', { contentType }))).toBe(
      'unsupported-encoding',
    );
  });
});

describe('a message that cannot be read keeps its bytes and says why', () => {
  test.each([
    ['S3', 'text/plain', 'unsupported-content-type'],
    ['S3', 'application/xml', 'unsupported-content-type'],
    ['S3', 'application/json; charset=utf-16', 'unsupported-content-type'],
    ['S3', 'Application/JSON;charset="UTF-8"', 'readable'],
    ['S3', undefined, 'readable'],
    ['S3', 'application/vnd.shop+json', 'readable'],
  ])('%s content type %s', (_, contentType, reason) => {
    expect(reasonOf(message('{}', { contentType }))).toBe(reason);
  });

  test.each([
    ['S4', 'invalid UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22])],
    ['S4', 'an overlong form', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['S4', 'UTF-16 with a byte order mark', Buffer.from('\u{feff}{}', 'utf16le')],
    ['S4', 'a byte order mark', Buffer.from('\u{feff}{}')],
  ])('%s %s', (_, __, bytes) => {
    const decoded = read(message(bytes));
    expect(decoded).toMatchObject({ unreadable: true, reason: 'invalid-encoding' });
    expect('bytes' in decoded && Buffer.from(decoded.bytes).equals(bytes)).toBe(true);
  });

  test.each([
    ['S43', 'gzip', 'unsupported-encoding'],
    ['S43', 'br', 'unsupported-encoding'],
    ['S43', 'utf-8', 'readable'],
  ])('%s content encoding %s', (_, contentEncoding, reason) => {
    expect(reasonOf(message('{}', { contentEncoding }))).toBe(reason);
  });

  test.each([
    ['S14', 'without an id', { messageId: undefined }, 'missing-header:id'],
    [
      'S14',
      'with an id that is no text',
      { headers: { cloudEvents_id: { a: 1 } } },
      'invalid-header:id',
    ],
    [
      'S20',
      'of a version that is no number',
      { headers: { cloudEvents_dataversion: 'two' } },
      'unsupported-version',
    ],
    ['S20', 'of version 1.5', { headers: { cloudEvents_dataversion: 1.5 } }, 'unsupported-version'],
    [
      'S36',
      'with a nested header',
      { headers: { cloudEvents_subject: [[1]] } },
      'invalid-header:subject',
    ],
    ['S36', 'with an odd x-death', { headers: { 'x-death': 'never' } }, 'readable'],
  ])('%s %s', (_, __, properties, reason) => {
    expect(reasonOf(message('{}', properties))).toBe(reason);
  });

  test('S11 a header named __proto__ changes nothing', () => {
    const headers = JSON.parse('{"__proto__":{"polluted":true},"cloudEvents_id":"e1"}') as object;
    expect(read(message('{}', { headers }))).toMatchObject({ id: 'e1' });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('whatever bytes and headers come, they are read or refused with a reason, and never thrown', () => {
    const value = oneof(string(), integer(), constant(null), anything());
    const properties = record({
      messageId: value,
      contentType: value,
      contentEncoding: value,
      correlationId: value,
      type: value,
      headers: dictionary(string(), value),
    });
    assert(
      property(uint8Array(), properties, (bytes, props) => {
        const decoded = read(message(Buffer.from(bytes), props));
        expect('unreadable' in decoded ? decoded.reason : decoded.id).toEqual(expect.any(String));
      }),
    );
  });
});
