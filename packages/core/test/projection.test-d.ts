import { event } from '@tidings/domain';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';

import { feature, projection, token, type Envelope, type Feature } from '../src/index.ts';

const Received = event('stock.Received', z.object({ sku: z.string(), qty: z.coerce.number() }));
const Counted = event('stock.Counted', z.object({ shelf: z.string() }));

interface View {
  create(): Promise<void>;
  add(sku: string, qty: number): Promise<void>;
}
const View = token<View>('View');
const Other = token<{ other: true }>('Other');

const settings = {
  version: 1,
  events: [Received, Counted],
  dependencies: { view: View },
  reset: () => {},
} as const;

test('handlers get the data of their event, the dependencies and what is known of the event', () => {
  const stock = projection('stock', {
    version: 1,
    events: [Received, Counted],
    dependencies: { view: View },
    reset: ({ view }) => {
      expectTypeOf(view).toEqualTypeOf<View>();
      return view.create();
    },
    on: {
      'stock.Received': (data, { view }, { messageId, envelope, signal }) => {
        expectTypeOf(data).toEqualTypeOf<{ sku: string; qty: number }>();
        expectTypeOf(view).toEqualTypeOf<View>();
        expectTypeOf(messageId).toEqualTypeOf<string>();
        expectTypeOf(envelope).toEqualTypeOf<Envelope>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      },
      'stock.Counted': (data) => {
        expectTypeOf(data).toEqualTypeOf<{ shelf: string }>();
      },
    },
  });
  expectTypeOf(feature('f', [stock])).toEqualTypeOf<Feature<typeof View>>();
});

test('without dependencies none need be given', () => {
  const stock = projection('stock', {
    version: 1,
    events: [Counted],
    reset: (dependencies) => {
      // @ts-expect-error -- none was asked for
      return dependencies.view;
    },
    on: { 'stock.Counted': () => {} },
  });
  expectTypeOf(feature('f', [stock])).toEqualTypeOf<Feature<never>>();
});

test('a handler that is missing, wrong or too many does not compile', () => {
  // @ts-expect-error -- stock.Counted has no handler
  projection('stock', { ...settings, on: { 'stock.Received': () => {} } });
  projection('stock', {
    ...settings,
    on: {
      'stock.Received': () => {},
      'stock.Counted': () => {},
      // @ts-expect-error -- it is for no such event
      'stock.Lost': () => {},
    },
  });
  projection('stock', {
    ...settings,
    on: {
      'stock.Received': () => {},
      // @ts-expect-error -- the event has no such data
      'stock.Counted': (data: { sku: string }) => data.sku,
    },
  });
  projection('stock', {
    ...settings,
    on: {
      'stock.Received': () => {},
      // @ts-expect-error -- nothing of that name was asked for
      'stock.Counted': (_data, { other }: { other: typeof Other }) => other,
    },
  });
  // @ts-expect-error -- there is no handler at all
  projection('stock', settings);
});

test('a batch handler gets events that their type tells apart', () => {
  projection('stock', {
    ...settings,
    batch: (events, { view }) => {
      expectTypeOf(view).toEqualTypeOf<View>();
      for (const one of events) {
        expectTypeOf(one.type).toEqualTypeOf<'stock.Received' | 'stock.Counted'>();
        if (one.type === 'stock.Received') expectTypeOf(one.data.qty).toEqualTypeOf<number>();
        else expectTypeOf(one.data.shelf).toEqualTypeOf<string>();
      }
    },
  });
  // @ts-expect-error -- one of both
  projection('stock', {
    ...settings,
    batch: () => {},
    on: { 'stock.Received': () => {}, 'stock.Counted': () => {} },
  });
});

test('a projection causes nothing', () => {
  projection('stock', {
    version: 1,
    events: [Counted],
    reset: () => {},
    on: {
      'stock.Counted': (_data, _dependencies, context) => {
        // @ts-expect-error -- it is applied again in every build
        context.publish(Counted({ shelf: 'a' }));
      },
    },
  });
});

test('what is no event cannot be projected, and the read model can always be made anew', () => {
  // @ts-expect-error -- there is no reset
  projection('stock', { version: 1, events: [Counted], on: { 'stock.Counted': () => {} } });
  // @ts-expect-error -- there is no version
  projection('stock', { events: [Counted], reset: () => {}, on: { 'stock.Counted': () => {} } });
});
