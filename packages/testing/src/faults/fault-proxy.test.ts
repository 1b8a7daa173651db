import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, neverWithin } from '../eventually.ts';
import { FaultProxy } from './fault-proxy.ts';

/** A server that keeps what it gets and says what it is told to say. */
let server: Server;
let proxy: FaultProxy;
const atServer: Socket[] = [];
const clients: Client[] = [];

beforeEach(async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    atServer.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await FaultProxy.start(`test://127.0.0.1:${(server.address() as AddressInfo).port}/path`);
});

afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  await proxy.stop();
  for (const socket of atServer.splice(0)) socket.destroy();
  server.close();
});

/** What one end of a connection has seen. */
class Client {
  readonly socket: Socket;
  readonly pieces: string[] = [];
  /** How the connection ended: `open`, `end` or an error's code. */
  ending = 'open';

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (data) => this.pieces.push(data.toString()));
    socket.on('end', () => (this.ending = 'end'));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.ending = error.code ?? 'error'));
  }

  get text(): string {
    return this.pieces.join('');
  }
}

/** Connects through the proxy; gives both ends. */
async function open(): Promise<{ client: Client; peer: Client }> {
  const before = atServer.length;
  const client = new Client(connect(Number(new URL(proxy.url).port), '127.0.0.1'));
  clients.push(client);
  const socket = await eventually(() => atServer[before]);
  return { client, peer: new Client(socket) };
}

test('passes everything on, both ways, and the end after it', async () => {
  const { client, peer } = await open();
  const much = 'x'.repeat(3_000_000);

  client.socket.end(`question ${much}`);
  await eventually(() => peer.ending === 'end');
  peer.socket.end(`answer ${much}`);
  await eventually(() => client.ending === 'end');

  expect(peer.text === `question ${much}`).toBe(true);
  expect(client.text === `answer ${much}`).toBe(true);
  await eventually(() => proxy.connections === 0);
  expect(proxy.accepted).toBe(1);
  expect(new Set(Object.values(proxy.injected))).toEqual(new Set([0]));
});

test('keeps the rest of the URL, and refuses one without a port that it does not know', async () => {
  expect(proxy.url).toMatch(/^test:\/\/127\.0\.0\.1:\d+\/path$/);

  await using amqp = await FaultProxy.start('amqp://user:secret@127.0.0.1/vhost?heartbeat=5');
  expect(amqp.url).toMatch(/^amqp:\/\/user:secret@127\.0\.0\.1:\d+\/vhost\?heartbeat=5$/);
  await expect(FaultProxy.start('test://127.0.0.1')).rejects.toThrow(/has to name its port/);
});

test('is late by its latency, however much comes at a time, and keeps the order', async () => {
  const { client, peer } = await open();
  proxy.behave({ latencyMs: 150 });
  const sent = performance.now();

  for (const letter of 'abcdef') {
    client.socket.write(letter);
    await delay(5);
  }
  client.socket.end();
  await eventually(() => peer.ending === 'end');

  expect(peer.text).toBe('abcdef');
  expect(performance.now() - sent).toBeGreaterThanOrEqual(150);
  expect(proxy.injected.delays).toBeGreaterThanOrEqual(2);
});

test('passes on no more bytes per second than it may', async () => {
  const { client, peer } = await open();
  proxy.behave({ bytesPerSecond: 1_000 });
  const sent = performance.now();

  client.socket.write('x'.repeat(300));
  await eventually(() => peer.text.length === 300);

  expect(performance.now() - sent).toBeGreaterThanOrEqual(190);
  expect(proxy.injected.slices).toBe(3);
});

test('passes on in slices of one byte', async () => {
  const { client, peer } = await open();
  proxy.behave({ sliceBytes: 1 });

  client.socket.write('in pieces');
  await eventually(() => peer.text === 'in pieces');

  expect(peer.pieces.length).toBeGreaterThan(1);
  expect(proxy.injected.slices).toBe(9);
});

test('cuts all connections, and takes new ones', async () => {
  const [left, right] = [await open(), await open()];

  proxy.cut();
  await eventually(() => left.client.ending === 'end' && right.client.ending === 'end');

  const { client, peer } = await open();
  client.socket.write('hello');
  await eventually(() => peer.text === 'hello');
  expect(proxy.injected).toMatchObject({ cuts: 2, resets: 0 });
});

test('resets all connections, on both sides', async () => {
  const { client, peer } = await open();

  proxy.reset();

  await eventually(() => client.ending === 'ECONNRESET' && peer.ending === 'ECONNRESET');
  expect(proxy.injected.resets).toBe(1);
});

test('refuses new connections while it is told to, and lets the others be', async () => {
  const { client, peer } = await open();
  proxy.behave({ refuse: true });

  const refused = new Client(connect(Number(new URL(proxy.url).port), '127.0.0.1'));
  clients.push(refused);
  await eventually(() => refused.ending === 'ECONNRESET');
  client.socket.write('hello');
  await eventually(() => peer.text === 'hello');

  proxy.behave({});
  await open();
  expect(proxy.injected.refusals).toBe(1);
});

test.each(['toServer', 'toClient', 'both'] as const)('swallows %s', async (swallow) => {
  const { client, peer } = await open();
  proxy.behave({ swallow });

  client.socket.write('question');
  peer.socket.write('answer');
  const lost = { toServer: 8, toClient: 6, both: 14 }[swallow];
  await eventually(() => proxy.injected.swallowedBytes === lost);

  await eventually(() => peer.text === (swallow === 'toClient' ? 'question' : ''));
  await eventually(() => client.text === (swallow === 'toServer' ? 'answer' : ''));
  expect([client.ending, peer.ending]).toEqual(['open', 'open']);
});

test('a connection that has lost something stays dead, unnoticed; a new one lives', async () => {
  const { client, peer } = await open();
  proxy.behave({ swallow: 'both' });
  client.socket.write('lost');
  await eventually(() => proxy.injected.swallowedBytes === 4);

  proxy.behave({});
  client.socket.write('lost, too');
  client.socket.end();
  await eventually(() => proxy.injected.swallowedBytes === 13);
  await neverWithin(50, () => peer.ending !== 'open' || peer.text !== '');

  const next = await open();
  next.client.socket.write('hello');
  await eventually(() => next.peer.text === 'hello');
});

test('the reset of a peer is a reset to the other side', async () => {
  const { client, peer } = await open();

  peer.socket.resetAndDestroy();

  await eventually(() => client.ending === 'ECONNRESET');
});

test('a server that is not there resets its clients', async () => {
  server.close();
  await once(server, 'close');

  const client = new Client(connect(Number(new URL(proxy.url).port), '127.0.0.1'));
  clients.push(client);

  await eventually(() => client.ending === 'ECONNRESET');
});

test('cuts at certain bytes, once, also if they come in pieces; what came before arrives', async () => {
  const [first, second] = [await open(), await open()];
  proxy.cutAt('COMMIT\0');

  first.peer.socket.write('one COMM');
  await eventually(() => first.client.text === 'one COMM');
  first.client.socket.write('COMMIT\0');
  await eventually(() => first.peer.text === 'COMMIT\0');
  first.peer.socket.write('IT\0 two');
  await eventually(() => first.client.ending === 'end');

  second.peer.socket.write('one COMMIT\0 two');
  await eventually(() => second.client.text === 'one COMMIT\0 two');
  expect(first.client.text).toBe('one COMM');
  expect(proxy.injected.cuts).toBe(1);
});

test('cuts at bytes on their way to the server, by a reset', async () => {
  const { client, peer } = await open();
  proxy.cutAt(Uint8Array.of(0, 255), { direction: 'toServer', reset: true });

  client.socket.write(Buffer.from([1, 0, 255, 2]));

  // What a reset that comes right after data looks like is up to the kernel.
  await eventually(() => client.ending === 'ECONNRESET' && peer.ending !== 'open');
  expect(proxy.injected).toMatchObject({ cuts: 0, resets: 1 });
  expect(() => proxy.cutAt('')).toThrow(RangeError);
  expect(() => proxy.cutAt('x'.repeat(257))).toThrow(RangeError);
});

test('a proxy that is stopped ends its connections and takes no more, however often', async () => {
  const { client } = await open();
  proxy.behave({ swallow: 'both' });

  await proxy.stop();
  await proxy.stop();

  await eventually(() => client.ending === 'end');
  expect(proxy.connections).toBe(0);
  const late = new Client(connect(Number(new URL(proxy.url).port), '127.0.0.1'));
  await eventually(() => late.ending === 'ECONNREFUSED');
});
