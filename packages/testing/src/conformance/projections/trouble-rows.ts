import { ProjectionMovedError, type App, type Persistence } from '@tidings/core';
import { event } from '@tidings/domain';
import { expect } from 'vitest';

import { gate } from '../../gate.ts';
import { Counted, startPersistence } from '../runtime/helpers.ts';
import {
  failsFor,
  keysOf,
  publish,
  tallyStatus,
  untilRead,
  untilStatus,
  type ProjectionRow,
  type TallyOptions,
} from './helpers.ts';

const untilBlocked = (app: App): ReturnType<typeof untilStatus> =>
  untilStatus(app, 'is blocked', ({ active }) => active?.state === 'blocked');

/** Somebody works on the tally's first generation and dies, perhaps with an event that was noted before. */
async function dieAtWork(persistence: Persistence, attempts?: number): Promise<void> {
  const { leases, projections } = persistence;
  const lease = await leases.acquire('dead', 'dead', 60_000);
  const ref = { projection: 'tally', generation: 1 };
  if (lease === undefined) throw new ProjectionMovedError('tally', 'fenced');
  await projections.take(ref, lease);
  if (attempts === undefined) return;
  const failure = {
    position: 3,
    messageId: 'unknown',
    reason: 'process-died',
    error: 'it died',
    attempts,
    blocked: false,
    dueIn: 0,
  };
  await projections.fail(ref, failure, lease);
}

/** P28: what goes wrong stops one projection, visibly, until somebody decides. */
export const troubleRows: readonly ProjectionRow[] = [
  {
    id: 'P28',
    title: 'an event that cannot be applied blocks its projection, visibly, and can be skipped',
    async run(running) {
      const { apps } = running;
      const app = await apps.start({ tally: { before: failsFor('poison') } });
      await publish(app, ['a', 'poison', 'a']);
      const { active } = await untilBlocked(app);
      await untilRead(running, { a: 1 });
      expect(active?.failure).toMatchObject({
        position: 2,
        type: Counted.type,
        reason: 'retries-exhausted',
        attempts: 3,
        error: 'TypeError: no poison',
      });
      const health = await app.health();
      expect(health.status).toBe('ready');
      expect(health.checks['projection tally']).toContain('blocked at position 2');
      const skipped = await app.projections.skip('tally');
      expect(skipped).toEqual({ projection: 'tally', messageId: active?.failure?.messageId });
      await untilRead(running, { a: 2 });
      const { letters } = await app.deadLetters.list({ subscription: 'tally' });
      expect(letters).toMatchObject([{ reason: 'skipped', envelope: { id: skipped.messageId } }]);
      await expect(app.deadLetters.replay({ subscription: 'tally' })).rejects.toMatchObject({
        code: 'TIDINGS_INVALID_OPTIONS',
      });
      await expect(app.projections.skip('tally')).rejects.toMatchObject({
        code: 'TIDINGS_INVALID_OPTIONS',
      });
    },
  },
  {
    id: 'P28',
    title: 'what blocks goes on after it was mended and is tried again, in whichever process',
    async run(running) {
      const { apps } = running;
      const broken = await apps.start({ tally: { before: failsFor('b') } });
      await publish(broken, ['a', 'b', 'c']);
      await untilBlocked(broken);
      await broken.stop();
      const mended = await apps.start();
      expect((await tallyStatus(mended)).active?.state).toBe('blocked');
      expect(await mended.projections.retry('tally')).toBe(1);
      await untilRead(running, { a: 1, b: 1, c: 1 });
    },
  },
  {
    id: 'P28',
    title: 'a batch that fails is made smaller until the event that fails is alone',
    async run(running) {
      const { apps } = running;
      const api = await apps.start({ project: false });
      await publish(api, keysOf({ a: 40, poison: 1, b: 40 }));
      await api.stop();
      const app = await apps.start({ tally: { before: failsFor('poison') } });
      await untilBlocked(app);
      await untilRead(running, { a: 40 });
      await app.projections.skip('tally');
      await untilRead(running, { a: 40, b: 40 });
    },
  },
  {
    id: 'P28',
    title:
      'an event that fails for a moment is tried again, and its attempts are counted across restarts',
    async run(running) {
      const { apps } = running;
      const failed = gate();
      const first = await apps.start({
        tally: {
          before: () => {
            failed.open();
            throw new TypeError('not yet');
          },
        },
      });
      await publish(first, ['a']);
      await failed.opened;
      await untilBlocked(first);
      await first.stop();
      let attempts = 0;
      const second = await apps.start({
        tally: {
          before: () => {
            attempts += 1;
            if (attempts < 3) throw new TypeError('not yet');
          },
        },
      });
      await second.projections.retry('tally');
      await untilRead(running, { a: 1 });
      expect(attempts).toBe(3);
    },
  },
  {
    id: 'P28',
    title: 'a projection that is paused applies nothing, also after a restart, until it is resumed',
    async run(running) {
      const { apps, fixture } = running;
      const first = await apps.start();
      await publish(first, ['a']);
      await untilRead(running, { a: 1 });
      await first.projections.pause('tally');
      await publish(first, ['a']);
      await first.settled();
      await first.stop();
      const second = await apps.start();
      await publish(second, ['a']);
      await second.settled();
      expect((await tallyStatus(second)).active).toMatchObject({ state: 'paused', position: 1 });
      expect(await fixture.read()).toEqual({ a: 1 });
      await second.projections.resume('tally');
      await untilRead(running, { a: 3 });
    },
  },
  {
    id: 'P35',
    title: 'an event that only a newer build can read is left to it, and blocks nothing',
    needs: ['concurrentUnits'],
    timeoutMs: 60_000,
    async run(running) {
      const { apps } = running;
      const old = await apps.start();
      await publish(old, ['a']);
      await untilRead(running, { a: 1 });
      const Newer = event(Counted.type, Counted.schema, {
        version: 2,
        upcasters: { 1: (data) => data },
      });
      const tally: TallyOptions = { definition: Newer };
      const writer = await apps.start({ tally, project: false });
      await writer.bus.publish(Newer({ key: 'a', n: 2 }));
      await untilStatus(old, 'is outdated', ({ active }) => active?.state === 'outdated');
      await apps.start({ tally });
      await untilRead(running, { a: 2 });
    },
  },
  {
    id: 'P28',
    title: 'after a process died at work everything is applied once',
    async run(running) {
      const { apps, fixture } = running;
      const api = await apps.start({ project: false });
      await publish(api, keysOf({ a: 250 }));
      await api.stop();
      const persistence = await startPersistence(fixture);
      await dieAtWork(persistence);
      await persistence.close();
      const app = await apps.start();
      await untilRead(running, { a: 250 });
      expect((await tallyStatus(app)).active).toMatchObject({ state: 'following', events: 250 });
    },
  },
  {
    id: 'P28',
    title: 'an event with which processes died again and again blocks, after what comes before it',
    async run(running) {
      const { apps, fixture } = running;
      const first = await apps.start();
      await publish(first, ['a', 'a']);
      await untilRead(running, { a: 2 });
      await first.stop();
      const api = await apps.start({ project: false });
      await publish(api, ['killer', 'a']);
      await api.stop();
      const persistence = await startPersistence(fixture);
      await dieAtWork(persistence, 5);
      await persistence.close();
      const tried: string[] = [];
      const app = await apps.start({ tally: { before: ({ key }) => tried.push(key) } });
      const { active } = await untilBlocked(app);
      expect(active?.failure).toMatchObject({ position: 3, reason: 'process-died', attempts: 5 });
      expect(tried).toEqual([]);
      await app.projections.skip('tally');
      await untilRead(running, { a: 3 });
    },
  },
  {
    id: 'P28',
    title: 'what handlers of a projection try to cause is refused',
    async run(running) {
      const { apps } = running;
      const errors: unknown[] = [];
      const holder: { app?: App } = {};
      holder.app = await apps.start({
        tally: {
          before: async ({ key }) => {
            await holder.app?.bus
              .publish(Counted({ key: 'more', n: 1 }))
              .catch((error: unknown) => {
                errors.push(error);
              });
            return key;
          },
        },
      });
      await publish(holder.app, ['a']);
      await untilRead(running, { a: 1 });
      expect(errors).toMatchObject([{ code: 'TIDINGS_INVALID_OPTIONS' }]);
    },
  },
];
