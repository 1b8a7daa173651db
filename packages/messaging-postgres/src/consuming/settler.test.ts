import { systemClock } from '@tidings/core';
import { CollectingLogger, eventually, gate } from '@tidings/testing';
import { expect, test } from 'vitest';

import type { Database } from '../database/database.ts';
import { Schema } from '../schema/schema.ts';
import { Partition } from './partition.ts';
import { PostgresMessage } from './postgres-message.ts';
import { Settler } from './settler.ts';

const partition = new Partition(0, { readTo: 0, settledTo: 0 });

function messageOf(seq: number): PostgresMessage {
  const parts = {
    message: { id: `m${seq}` } as never,
    redelivered: false,
    reply: undefined,
    size: 1,
  };
  return new PostgresMessage(partition, seq, parts, () => {});
}

/** A settler, and how many rows each of its statements deleted. */
function settlerOn(run: (count: number) => Promise<void>): {
  readonly settler: Settler;
  readonly deleted: number[];
} {
  const deleted: number[] = [];
  const database = {
    run: async ({ values }: { values: readonly unknown[] }) => {
      const count = String(values[0]).split(',').length;
      await run(count);
      deleted.push(count);
      return [];
    },
  } as unknown as Database;
  const settler = new Settler({
    database,
    schema: new Schema('test'),
    clock: systemClock,
    logger: new CollectingLogger(),
  });
  return { settler, deleted };
}

test('what is dealt with one after the other is deleted together', async () => {
  const { settler, deleted } = settlerOn(async () => {});
  for (let seq = 0; seq < 5; seq += 1) {
    settler.add(1, messageOf(seq));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await eventually(() => settler.deleted === 5);
  expect(deleted).toEqual([5]);
});

test('who waits for the end of what was dealt with does not wait for what comes later', async () => {
  const held = gate();
  const { settler } = settlerOn(async (count) => {
    if (count > 1) await held.opened;
  });
  settler.add(1, messageOf(1));
  const flushed = settler.flush();
  await new Promise((resolve) => setImmediate(resolve));
  for (let seq = 2; seq < 5; seq += 1) settler.add(1, messageOf(seq));
  await flushed;
  held.open();
  await settler.flush();
  expect(settler.deleted).toBe(4);
});

test('what could not be deleted is tried again, until it is closed', async () => {
  let failures = 2;
  const { settler, deleted } = settlerOn(async () => {
    failures -= 1;
    if (failures >= 0) throw new Error('not now');
  });
  settler.add(1, messageOf(1));
  await settler.flush();
  expect(deleted).toEqual([1]);
  failures = Infinity;
  settler.add(1, messageOf(2));
  const flushed = settler.flush();
  settler.close();
  await flushed;
  expect(settler.deleted).toBe(1);
});
