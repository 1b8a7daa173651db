import { createUncheckedApp, feature, handle, systemClock } from '@tidings/core';
import type { Logger } from '@tidings/core';
import { command } from '@tidings/domain';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { InMemoryPersistence } from '../in-memory-persistence.ts';
import { inMemory } from '../in-memory.ts';
import { InMemoryStore } from '../store/in-memory-store.ts';
import { InMemoryUnit } from './in-memory-unit.ts';
import { InMemoryUnitOfWork } from './in-memory-unit-of-work.ts';

describe('InMemoryUnitOfWork', () => {
  test('two units that wait for each other’s intents: one is refused, the other goes on', async () => {
    const persistence = new InMemoryPersistence(new InMemoryStore());
    const [first, second] = [await persistence.begin(), await persistence.begin()];
    await first.claimIntent({ id: 'a', fingerprint: 'f' });
    await second.claimIntent({ id: 'b', fingerprint: 'f' });
    const waiting = first.claimIntent({ id: 'b', fingerprint: 'f' });
    await expect(second.claimIntent({ id: 'a', fingerprint: 'f' })).rejects.toMatchObject({
      code: 'TIDINGS_CONCURRENCY',
    });
    await second.rollback();
    expect(await waiting).toBeUndefined();
    await first.commit({ messages: [] });
  });

  test('a unit that is ended while it waits for another does not keep what it waited for', async () => {
    const persistence = new InMemoryPersistence(new InMemoryStore());
    const units = await Promise.all([
      persistence.begin(),
      persistence.begin(),
      persistence.begin(),
    ]);
    const delivery = { subscription: 's', messageId: 'm1', fingerprint: 1, key: undefined };
    await units[0].receive(delivery);
    const waiting = units[1].receive(delivery);
    await units[1].rollback();
    await units[0].rollback();
    await expect(waiting).rejects.toMatchObject({ code: 'TIDINGS_UNIT_OF_WORK_ENDED' });
    expect(await units[2].receive(delivery)).toBe('first');
  });

  test('is what handlers and repositories get as InMemoryUnit, one per message', async () => {
    const Look = command('test.Look', z.object({}));
    const units = new Set<InMemoryUnitOfWork>();
    const look = handle(Look, { unit: InMemoryUnit, again: InMemoryUnit }, (_, { unit, again }) => {
      expect(unit).toBeInstanceOf(InMemoryUnitOfWork);
      expect(again).toBe(unit);
      units.add(unit);
    });
    const app = createUncheckedApp({
      service: 'test',
      features: [feature('test', [look])],
      adapters: [inMemory()],
      logger: silent,
    });
    await app.start();
    await app.bus.execute(Look({}));
    await app.bus.execute(Look({}));
    await app.stop();
    expect([...units].map(({ state }) => state)).toEqual(['committed', 'committed']);
  });

  test('what was committed outlives the application, in a store of one’s own', async () => {
    const store = new InMemoryStore(systemClock);
    const first = new InMemoryPersistence(store);
    const unit = await first.begin();
    await unit.claimIntent({ id: 'i', fingerprint: 'f' });
    await unit.commit({ messages: [], intentResult: '1' });
    await first.close();
    const next = await new InMemoryPersistence(store).begin();
    expect(await next.claimIntent({ id: 'i', fingerprint: 'f' })).toEqual({
      fingerprint: 'f',
      result: '1',
    });
  });
});

const ignore = (): void => {};
const silent: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  fatal: ignore,
  child: () => silent,
};
