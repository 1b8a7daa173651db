// The same composition with an Inversify container: features and adapters are modules, and your own
// classes are bound by tokens. Swapping adapters is swapping modules.
import { feature, handle, jsonLogger, token } from '@tidings/core';
import { command } from '@tidings/domain';
import { InMemoryTable, InMemoryUnit } from '@tidings/in-memory';
import { App, bootstrap, identifier, tidings } from '@tidings/inversify';
import { inMemory } from '@tidings/inversify/in-memory';
import { Container, ContainerModule } from 'inversify';
import { z } from 'zod';

const Visit = command('guestbook.Visit', z.object({ name: z.string() }), { result: z.int() });

interface Guests {
  /** How often this guest has come, this time included. */
  welcome(name: string): Promise<number>;
}
const Guests = token<Guests>('Guests');

const visit = handle(Visit, { guests: Guests }, ({ name }, { guests }) => guests.welcome(name));

class InMemoryGuests implements Guests {
  readonly #rows: InMemoryTable<{ visits: number }>;

  constructor(rows: InMemoryTable<{ visits: number }>) {
    this.#rows = rows;
  }

  async welcome(name: string): Promise<number> {
    const visits = ((await this.#rows.get(name))?.visits ?? 0) + 1;
    await this.#rows.put(name, { visits });
    return visits;
  }
}

const guestsInMemory = new ContainerModule(({ bind }) => {
  bind(identifier(Guests))
    .toResolvedValue(
      (unit) => new InMemoryGuests(new InMemoryTable(unit, 'guests')),
      [identifier(InMemoryUnit)],
    )
    .inRequestScope();
});

const container = new Container();
container.load(
  tidings({
    service: 'guestbook',
    features: [feature('guestbook', [visit])],
    logger: jsonLogger({ level: 'warn' }),
  }),
  inMemory(),
  guestsInMemory,
);

// Proves that every handler can be resolved, before anything starts.
bootstrap(container);

const app = container.get(App);
await app.start();
for (const name of ['Ada', 'Grace', 'Ada']) {
  console.log(`${name}: visit ${await app.bus.execute(Visit({ name }))}`);
}
await app.stop();
