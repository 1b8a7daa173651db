// A scenario plays messages through the real application: given, when, then. In a test file each of
// these would be a test; what does not hold is thrown.
import { feature, handle, on } from '@tidings/core';
import { command, event } from '@tidings/domain';
import { scenario, SequentialIds, VirtualClock } from '@tidings/testing';
import { z } from 'zod';

const Borrow = command('library.Borrow', z.object({ book: z.string() }));
const Borrowed = event('library.Borrowed', z.object({ book: z.string(), until: z.string() }));

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const clock = new VirtualClock({ now: '2026-03-01T12:00:00Z' });
const shelf = new Set(['Dune', 'Emma']);

const borrow = handle(Borrow, {}, ({ book }, _, context) => {
  if (!shelf.has(book)) throw new Error(`${book} is out`);
  const until = new Date(clock.now() + 2 * WEEK_MS).toISOString();
  context.publish(Borrowed({ book, until }));
});
const takeOut = on(Borrowed, 'take-out', {}, ({ book }) => shelf.delete(book));

const library = scenario({
  features: [feature('library', [borrow, takeOut])],
  ids: new SequentialIds(),
});

await library
  .when(Borrow({ book: 'Dune' }))
  .thenEvents(Borrowed({ book: 'Dune', until: '2026-03-15T12:00:00.000Z' }))
  .thenView(() => [...shelf], ['Emma']);
console.log('a book that was borrowed is off the shelf');

await library
  .given(Borrow({ book: 'Emma' }))
  .when(Borrow({ book: 'Emma' }))
  .thenError('Emma is out');
console.log('a book is lent once');

const { settled } = await library.when(Borrowed({ book: 'Persuasion', until: '2026-04-01' }));
for (const { subscription, outcome } of settled.handled) console.log(`${subscription}: ${outcome}`);
await library.stop();
