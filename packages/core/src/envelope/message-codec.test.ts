import { command, event, type StandardSchemaV1 } from '@tidings/domain';
import { describe, expect, it } from 'vitest';

import { ValidationError } from '../errors/message-errors.ts';
import { decodeMessage } from './decode-message.ts';
import { encodeMessage } from './encode-message.ts';
import type { Envelope } from './envelope.ts';
import { defaultMessageLimits } from './limits.ts';

interface Line {
  readonly sku: string;
  readonly qty: number;
}

const lineSchema: StandardSchemaV1<Line, Line> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => {
      const { sku, qty } = value as Partial<Line>;
      const issues = [
        ...(typeof sku === 'string' ? [] : [{ message: 'must be a string', path: ['sku'] }]),
        ...(typeof qty === 'number'
          ? []
          : [{ message: 'must be a number', path: [{ key: 'qty' }] }]),
      ];
      return issues.length > 0 ? { issues } : { value: value as Line };
    },
  },
};

const Allocated = event('test.Allocated', lineSchema, {
  version: 3,
  upcasters: {
    1: (data) => ({ ...(data as object), qty: 1 }),
    2: (data) => ({ ...(data as Line), sku: (data as Line).sku.toUpperCase() }),
  },
});
const Allocate = command('test.Allocate', lineSchema, { partitionKey: ({ sku }) => sku });
const origin = { id: 'm1', source: 'test', time: '2026-01-01T00:00:00.000Z', correlationid: 'c1' };

const encode = async (...what: Parameters<typeof encodeMessage>): Promise<Envelope> =>
  encodeMessage(...what);

const decode = async (
  envelope: Partial<Envelope>,
  limits = defaultMessageLimits,
): Promise<unknown> =>
  decodeMessage(
    {
      ...origin,
      kind: 'event',
      type: 'test.Allocated',
      dataversion: 3,
      body: '{"sku":"LAMP","qty":2}',
      ...envelope,
    },
    Allocated,
    limits,
  );

describe('encoding a message', () => {
  it('carries the data as JSON text and leaves out what is not known', async () => {
    const envelope = await encodeMessage(
      Allocated({ sku: 'LAMP', qty: 2 }),
      origin,
      defaultMessageLimits,
    );
    expect(envelope).toEqual({
      ...origin,
      kind: 'event',
      type: 'test.Allocated',
      dataversion: 3,
      body: '{"sku":"LAMP","qty":2}',
    });
  });

  it('takes the key given, else that of the definition, else the aggregate', async () => {
    const keyOf = async (message: ReturnType<typeof Allocate | typeof Allocated>, more: object) =>
      (await encodeMessage(message, { ...origin, ...more }, defaultMessageLimits)).partitionkey;
    const line = { sku: 'LAMP', qty: 2 };
    expect(await keyOf(Allocate(line), { partitionkey: 'mine', subject: 's' })).toBe('mine');
    expect(await keyOf(Allocate(line), { subject: 's' })).toBe('LAMP');
    expect(await keyOf(Allocated(line), { subject: 's' })).toBe('s');
    expect(await keyOf(Allocated(line), {})).toBeUndefined();
  });

  it('refuses data that does not fit, naming every fault with its path', async () => {
    const wrong = Allocate({ sku: 1, qty: 'x' } as never);
    await expect(encode(wrong, origin, defaultMessageLimits)).rejects.toMatchObject({
      code: 'TIDINGS_VALIDATION',
      faults: [
        { path: 'sku', message: 'must be a string' },
        { path: 'qty', message: 'must be a number' },
      ],
    });
  });

  it('refuses what JSON would change, what is too large, and keys that cannot travel', async () => {
    const nan = Allocate({ sku: 'LAMP', qty: Number.NaN });
    await expect(encode(nan, origin, defaultMessageLimits)).rejects.toThrow('qty: is NaN');
    const large = Allocate({ sku: 'x'.repeat(50), qty: 1 });
    const limits = { ...defaultMessageLimits, maxBodyBytes: 40 };
    await expect(encode(large, origin, limits)).rejects.toThrow('at most 40 are allowed');
    for (const sku of ['', 'a\nb', 'x'.repeat(256), '\uD800']) {
      await expect(encode(Allocate({ sku, qty: 1 }), origin, defaultMessageLimits)).rejects.toThrow(
        'partitionkey',
      );
    }
  });

  it('refuses an object that no definition made', async () => {
    const handmade = { kind: 'command', type: 'x', version: 1, data: {} } as const;
    await expect(encode(handmade, origin, defaultMessageLimits)).rejects.toBeInstanceOf(
      ValidationError,
    );
  });
});

describe('decoding a message', () => {
  it('brings older data up to the version of the definition, step by step', async () => {
    expect(await decode({ dataversion: 1, body: '{"sku":"lamp"}' })).toEqual({
      sku: 'LAMP',
      qty: 1,
    });
    expect(await decode({ dataversion: 2, body: '{"sku":"lamp","qty":7}' })).toEqual({
      sku: 'LAMP',
      qty: 7,
    });
  });

  it.each([
    ['invalid-json', { body: '{' }],
    ['invalid-json', { body: '{"sku":1e400,"qty":1}' }],
    ['invalid-json', { body: '{"sku":"x","qty":1,"__proto__":{}}' }],
    ['too-deep', { body: `${'['.repeat(5000)}${']'.repeat(5000)}` }],
    ['too-large', { body: JSON.stringify('x'.repeat(2 ** 20)) }],
    ['unsupported-version', { dataversion: 4 }],
    ['unsupported-version', { dataversion: 0 }],
    ['unsupported-version', { dataversion: -1 }],
    ['unsupported-version', { dataversion: '1' as never }],
    ['upcast-failed', { dataversion: 2, body: '{}' }],
    ['schema', { body: '{"sku":"LAMP"}' }],
    ['invalid-attribute', { id: '' }],
    ['invalid-attribute', { partitionkey: 'a\0b' }],
  ])('refuses as %s: %o', async (reason, envelope) => {
    await expect(decode(envelope)).rejects.toMatchObject({
      code: 'TIDINGS_UNDECODABLE_MESSAGE',
      reason,
    });
  });

  it.each([
    [4, true],
    [0, false],
    [-1, false],
    [4.5, false],
    ['4' as never, false],
  ])('says of version %s whether a newer build can read it: %s', async (dataversion, isNewer) => {
    await expect(decode({ dataversion })).rejects.toMatchObject({
      reason: 'unsupported-version',
      isNewer,
    });
  });

  it.each(['', ' ', '\n\t \r', 'null', '[]', '[{"sku":"LAMP","qty":2}]', '"str"', '42', 'true'])(
    'S2 refuses as invalid-shape what is no object: %j',
    async (body) => {
      for (const dataversion of [2, 3]) {
        await expect(decode({ body, dataversion })).rejects.toMatchObject({
          reason: 'invalid-shape',
        });
      }
    },
  );

  it('S2 takes what is no object where the schema does', async () => {
    const anything = event('test.Anything', {
      '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
    });
    for (const body of ['null', '[1]', '"str"', ' 42 ']) {
      const envelope = { ...origin, kind: 'event', type: 'test.Anything', dataversion: 1, body };
      const data = await decodeMessage(envelope as Envelope, anything, defaultMessageLimits);
      expect(data).toEqual(JSON.parse(body));
    }
  });

  it('S4 refuses a byte order mark', async () => {
    await expect(decode({ body: '\uFEFF{"sku":"LAMP","qty":2}' })).rejects.toMatchObject({
      reason: 'invalid-encoding',
    });
    await expect(decode({ body: '\uFEFF' })).rejects.toMatchObject({ reason: 'invalid-encoding' });
  });

  it.each([101, 10_000, 100_000, 1_000_000])(
    'S9 refuses a depth of %i without overflowing the stack',
    async (depth) => {
      const bodies = [
        `${'['.repeat(depth)}${']'.repeat(depth)}`,
        `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
        `{"sku":"LAMP","qty":${'[{"a":'.repeat(depth / 2)}1e400${'}]'.repeat(depth / 2)}}`,
      ];
      for (const body of bodies) {
        const limits = { ...defaultMessageLimits, maxBodyBytes: 100 * 2 ** 20 };
        await expect(decode({ body }, limits)).rejects.toMatchObject({ reason: 'too-deep' });
      }
    },
  );

  it('S9 refuses more than the stack can hold, whatever depth is allowed', async () => {
    const limits = { maxBodyBytes: 100 * 2 ** 20, maxDepth: 2_000_000 };
    const body = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    await expect(decode({ body }, limits)).rejects.toMatchObject({ reason: 'too-deep' });
  });

  it.each(['9007199254740993', '-9007199254740993', '1e400', '1e-400', '18446744073709551615'])(
    'S18 refuses %s, which would be rounded, and says where it is but not what',
    async (number) => {
      const refused = decode({ body: `{"sku":"LAMP","qty":${number}}` });
      await expect(refused).rejects.toMatchObject({ reason: 'invalid-json' });
      await expect(refused).rejects.toThrow('$.qty is');
      await expect(refused).rejects.not.toThrow(number);
    },
  );

  it.each(['9007199254740991', '9007199254740992', '-0', '0.1', '1e3', '-7', '5e-324'])(
    'S18 takes %s, which is kept as it is',
    async (number) => {
      const data = (await decode({ body: `{"sku":"LAMP","qty":${number}}` })) as Line;
      expect(data.qty).toBe(Number(number));
    },
  );

  it('never quotes the body', async () => {
    await expect(decode({ body: '{"password":"hunter2"' })).rejects.not.toThrow('hunter2');
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'knows no type called %s',
    async (type) => {
      const definition = new Map([['test.Allocated', Allocated]]).get(type);
      const envelope = { ...origin, kind: 'event', type, dataversion: 1, body: '{}' } as const;
      const decoding = async (): Promise<unknown> =>
        decodeMessage(envelope, definition, defaultMessageLimits);
      await expect(decoding()).rejects.toMatchObject({ reason: 'unknown-type' });
    },
  );
});
