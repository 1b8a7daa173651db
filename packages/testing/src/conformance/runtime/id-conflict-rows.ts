import { on, type Envelope } from '@tidings/core';
import { expect } from 'vitest';

import { eventually } from '../../eventually.ts';
import { Counted, patience, withTransport, type RuntimeRow } from './helpers.ts';

/** Messages that differ in their data alone. */
const message = (n: number): Envelope => ({
  id: 'm1',
  kind: 'event',
  type: 'conformance.Counted',
  source: 'conformance',
  time: '2026-01-01T00:00:00.000Z',
  dataversion: 1,
  correlationid: 'c1',
  partitionkey: 'k',
  body: JSON.stringify({ key: 'k', n }),
});

const conflicting = (what: string, redelivered: boolean): RuntimeRow => ({
  id: 'S15',
  title: `${what} the second becomes a dead letter with the reason id-conflict, once, and can be replayed`,
  timeoutMs: 60_000,
  async run({ apps, fixture }) {
    const seen: number[] = [];
    const publishing: ((envelope: Envelope) => Promise<void>)[] = [];
    const adapters = withTransport(fixture.adapters(), (transport) => {
      publishing.push((envelope) => transport.publish([{ envelope, republished: redelivered }]));
      return transport;
    });
    const collector = on(Counted, 'collector', {}, ({ n }) => {
      seen.push(n);
    });
    const app = await apps.start([collector], { adapters });
    const [publish] = publishing;
    if (publish === undefined) throw new TypeError('no adapter brings a transport');
    for (const n of [1, 2, 1, 2]) await publish(message(n));
    const conflicts = { reason: 'id-conflict' };
    await eventually(async () => (await app.deadLetters.list(conflicts)).total > 0, patience);
    const { handled, deadLettered } = await app.settled(patience);
    expect([handled.length, deadLettered.length, seen]).toEqual([1, 1, [1]]);
    const { letters } = await app.deadLetters.list();
    expect(letters).toMatchObject([{ subscription: 'collector', ...conflicts }]);
    expect(letters[0]?.envelope?.body).toBe(message(2).body);
    const errors = apps.logger.lines.filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([{ facts: { reason: 'id-conflict', messageId: 'm1' } }]);
    expect(await app.deadLetters.replay(conflicts)).toBe(1);
    await eventually(() => seen.length === 2, patience);
    expect(seen).toEqual([1, 2]);
  },
});

/** S15, as the consumers have to keep it on any store and transport. */
export const idConflictRows: readonly RuntimeRow[] = [
  conflicting('of two messages with one id', false),
  conflicting('of two messages with one id that a transport brings again', true),
];
