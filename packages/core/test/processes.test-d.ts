import { command, event } from '@tidings/domain';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

import {
  createApp,
  feature,
  processManager,
  type Adapter,
  type ProcessContext,
  type ProcessResult,
} from '../src/index.ts';

const Placed = event('orders.Placed', z.object({ id: z.string(), total: z.coerce.number() }));
const Paid = event('orders.Paid', z.object({ id: z.string(), receipt: z.string() }));
const Cancelled = event('orders.Cancelled', z.object({ id: z.string() }));
const Charge = command('orders.Charge', z.object({ id: z.string() }));

const state = z.object({ total: z.number(), tries: z.number().default(0) });
const byId = ({ id }: { id: string }): string => id;

declare const context: ProcessContext;
declare const adapter: Adapter<never>;

const correlate = { 'orders.Placed': byId, 'orders.Paid': byId };
const common = { state, startedBy: [Placed], continuedBy: [Paid], correlate } as const;

const payment = processManager('payment', {
  state,
  startedBy: [Placed],
  continuedBy: [Paid, Cancelled],
  correlate: {
    'orders.Placed': ({ id }) => id,
    'orders.Paid': ({ id, receipt }) => (receipt === '' ? '' : id),
    'orders.Cancelled': ({ id }) => id,
  },
  on: {
    'orders.Placed': (known, placed) => {
      expectTypeOf(known).toEqualTypeOf<{ total: number; tries: number } | undefined>();
      expectTypeOf(placed).toEqualTypeOf<{ id: string; total: number }>();
      return {
        state: { total: placed.total },
        send: [Charge({ id: placed.id })],
        timeouts: { late: { in: 1000 }, never: 'cancel' },
      };
    },
    'orders.Paid': (known, paid) => {
      expectTypeOf(known).toEqualTypeOf<{ total: number; tries: number }>();
      expectTypeOf(paid.receipt).toEqualTypeOf<string>();
      return { complete: true };
    },
    'orders.Cancelled': () => {},
  },
  timeouts: {
    late: (known, { key, now }) => {
      expectTypeOf(known.tries).toEqualTypeOf<number>();
      expectTypeOf(key).toEqualTypeOf<string>();
      expectTypeOf(now).toEqualTypeOf<string>();
      return { state: { ...known, tries: known.tries + 1 }, timeouts: { late: { at: now } } };
    },
    never: () => undefined,
  },
});

test('a process is a part of a feature and needs no binding', () => {
  createApp({ service: 's', features: [feature('f', [payment])], adapters: [adapter] });
});

test('its handlers are functions that a unit test calls', () => {
  const step = payment.on['orders.Placed'](undefined, { id: 'o1', total: 3 }, context);
  expectTypeOf(step).toEqualTypeOf<
    ProcessResult<{ total: number; tries?: number | undefined }, 'late' | 'never'>
  >();
  payment.timeouts?.late({ total: 1, tries: 2 }, context);
  expectTypeOf(
    payment.correlate['orders.Paid']({ id: 'o1', receipt: 'r' }),
  ).toEqualTypeOf<string>();
  // @ts-expect-error -- the total is missing
  payment.on['orders.Placed'](undefined, { id: 'o1' }, context);
  // @ts-expect-error -- what does not start an instance has a state
  payment.on['orders.Paid'](undefined, { id: 'o1', receipt: 'r' }, context);
});

test('a correlation is needed for every event, and for no other', () => {
  processManager('p', {
    ...common,
    // @ts-expect-error -- that of orders.Paid is missing
    correlate: { 'orders.Placed': byId },
    on: { 'orders.Placed': () => {}, 'orders.Paid': () => {} },
  });
  processManager('p', {
    ...common,
    // @ts-expect-error -- orders.Cancelled is not taken
    correlate: { ...correlate, 'orders.Cancelled': byId },
    on: { 'orders.Placed': () => {}, 'orders.Paid': () => {} },
  });
  processManager('p', {
    ...common,
    // @ts-expect-error -- a key is text
    correlate: { ...correlate, 'orders.Placed': ({ total }) => total },
    on: { 'orders.Placed': () => {}, 'orders.Paid': () => {} },
  });
});

test('a handler is needed for every event, and for no other', () => {
  processManager('p', {
    ...common,
    // @ts-expect-error -- that of orders.Paid is missing
    on: { 'orders.Placed': () => {} },
  });
  processManager('p', {
    ...common,
    on: {
      'orders.Placed': () => {},
      'orders.Paid': () => {},
      // @ts-expect-error -- orders.Cancelled is not taken
      'orders.Cancelled': () => {},
    },
  });
});

test('a handler gets the data of its event and returns the state of its process', () => {
  processManager('p', {
    ...common,
    on: {
      // @ts-expect-error -- the event has no receipt
      'orders.Placed': (_, { receipt }) => ({ state: { total: receipt.length } }),
      // @ts-expect-error -- the total is a number
      'orders.Paid': () => ({ state: { total: 'three' } }),
    },
  });
  processManager('p', {
    ...common,
    on: {
      // @ts-expect-error -- an event is no command
      'orders.Placed': () => ({ send: [Cancelled({ id: 'o1' })] }),
      // @ts-expect-error -- a command is no event
      'orders.Paid': () => ({ publish: [Charge({ id: 'o1' })] }),
    },
  });
});

test('literals in a state that is returned keep their types', () => {
  processManager('p', {
    state: z.object({ step: z.enum(['charging', 'late']) }),
    startedBy: [Placed],
    continuedBy: [Paid],
    correlate,
    on: {
      'orders.Placed': (known) =>
        known === undefined ? { state: { step: 'charging' } } : { timeouts: { late: { in: 1 } } },
      'orders.Paid': ({ step }) => (step === 'late' ? { complete: true } : undefined),
    },
    timeouts: { late: (known) => ({ state: { ...known, step: 'late' } }) },
  });
});

test('only timeouts that have a handler can be set', () => {
  processManager('p', {
    ...common,
    on: {
      // @ts-expect-error -- nobody handles it
      'orders.Placed': () => ({ state: { total: 1 }, timeouts: { early: { in: 1 } } }),
      'orders.Paid': () => {},
    },
    timeouts: { late: () => {} },
  });
  processManager('p', {
    ...common,
    on: {
      // @ts-expect-error -- it has no timeouts at all
      'orders.Placed': () => ({ state: { total: 1 }, timeouts: { late: { in: 1 } } }),
      'orders.Paid': () => {},
    },
  });
});
