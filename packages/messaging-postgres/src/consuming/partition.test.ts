import { expect, test } from 'vitest';

import { Partition } from './partition.ts';
import { PostgresMessage } from './postgres-message.ts';

function messageOf(
  partition: Partition,
  seq: number,
  { key, redelivered = false }: { key?: string; redelivered?: boolean } = {},
): PostgresMessage {
  const message = { id: `m${seq}`, ...(key === undefined ? {} : { partitionkey: key }) };
  const parts = { message: message as never, redelivered, reply: undefined, size: 10 };
  return new PostgresMessage(partition, seq, parts, () => {});
}

function keep(partition: Partition, ...seqs: readonly number[]): readonly PostgresMessage[] {
  const messages = seqs.map((seq) => messageOf(partition, seq));
  for (const message of messages) partition.keep(message);
  return messages;
}

function settle(partition: Partition, ...messages: readonly PostgresMessage[]): void {
  for (const message of messages) {
    partition.settled(message);
    partition.deleted(message);
  }
}

test('it is read from where it was settled, and what the owner before was given counts as given', () => {
  const partition = new Partition(3, { readTo: 20, settledTo: 10 });
  expect(partition.after).toBe(10);
  expect([20, 21].map((seq) => partition.wasGivenBefore(seq))).toEqual([true, false]);
  expect(partition.progress).toEqual({ readTo: 20, settledTo: 10 });
});

test('the next owner goes on behind what was deleted without a gap', () => {
  const partition = new Partition(0, { readTo: 0, settledTo: 0 });
  const [first, second, third] = keep(partition, 4, 7, 9);
  settle(partition, second as PostgresMessage);
  expect(partition.progress.settledTo).toBe(3);
  settle(partition, first as PostgresMessage);
  expect(partition.progress.settledTo).toBe(8);
  settle(partition, third as PostgresMessage);
  expect(partition.progress).toEqual({ readTo: 9, settledTo: 9 });
});

test('what was read and never begun is not redelivered by the next owner; what was begun is', () => {
  const partition = new Partition(0, { readTo: 0, settledTo: 0 });
  const [, second] = keep(partition, 1, 2, 3);
  expect(partition.progress.readTo).toBe(0);
  (second as PostgresMessage).redelivered = true;
  expect(partition.progress.readTo).toBe(2);
});

test('what the owner before was given and this one has not read yet stays given', () => {
  const partition = new Partition(0, { readTo: 50, settledTo: 0 });
  keep(partition, 1, 2);
  expect(partition.progress).toEqual({ readTo: 50, settledTo: 0 });
});

test('it is read when half of the prefetch is free, and not again before something may have come', () => {
  const partition = new Partition(0, { readTo: 0, settledTo: 0 });
  expect(partition.room(4)).toBe(4);
  partition.beginReading();
  expect(partition.room(4)).toBe(0);
  partition.lookAgain();
  const messages = keep(partition, 1, 2, 3);
  expect(partition.room(4)).toBe(0);
  settle(partition, messages[0] as PostgresMessage);
  expect(partition.room(4)).toBe(2);
  partition.isLeaving = true;
  expect(partition.room(4)).toBe(0);
});

test('messages of one key take the place of one, up to a limit', () => {
  const partition = new Partition(0, { readTo: 0, settledTo: 0 });
  for (let seq = 1; seq <= 30; seq += 1) partition.keep(messageOf(partition, seq, { key: 'hot' }));
  expect(partition.room(4)).toBe(3);
  for (let seq = 31; seq <= 40; seq += 1) partition.keep(messageOf(partition, seq, { key: 'hot' }));
  expect(partition.room(4)).toBe(0);
});
