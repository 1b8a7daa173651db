import { inRoundsOnServers } from '../harness/on-servers.ts';
import type { Results } from '../harness/rounds.ts';
import { microseconds, number, rate, ratio } from '../report/numbers.ts';
import type { Table } from '../report/table.ts';
import type { Suite } from '../suite.ts';
import { GRAPHILE, PG_BOSS, sustainedContenders, TIDINGS } from './contenders.ts';

const BOUNDS = [
  `All three are bound by the processors: what Node, Postgres and the broker take for one message together is what two
cores give in the time it takes. Tidings takes more of it, for more: a hop over a broker that other processes can take
part in, the order of each key, an inbox record in the transaction of the effect, validation at both ends. The peers take
their jobs straight from the table that they were written to, in no order, and what was under way in a crash is handled
again. Writing alone takes a third of the time, so no way of handling reaches twice the peers while each command commits on its
own; a transaction for many deliveries would save the most of the rest.`,
  `pg-boss is fed by hand here: its own worker looks twice a second at most. Both are the newest versions that run on Node 20.`,
];

/** B6: writing, delivering and handling at the same time, in one process. */
export const sustained: Suite = {
  name: 'b6',
  run: async ({ quick }) => {
    const count = quick ? 300 : 10_000;
    const messages = Object.fromEntries(sustainedContenders.map(({ name }) => [name, count]));
    const results = await inRoundsOnServers(messages, quick ? 1 : 5);
    return {
      title: 'Writing, delivering and handling at the same time',
      targets: [
        {
          what: `B6 handled : ${bestPeer(results)}, the best peer`,
          unit: 'ratio',
          reached: results.ratio('perSecond', [TIDINGS, ''], [bestPeer(results), '']),
          atLeast: 2,
        },
      ],
      bounds: BOUNDS,
      tables: [table(results)],
      measured: results.all,
    };
  },
};

function bestPeer(results: Results): string {
  const speed = (name: string): number => results.summary(name, '', 'perSecond').median;
  return speed(PG_BOSS) > speed(GRAPHILE) ? PG_BOSS : GRAPHILE;
}

function table(results: Results): Table {
  const best = bestPeer(results);
  return {
    title: 'B6 · 8 writers and a worker, until everything was handled',
    columns: ['contender', '× best peer', 'CPU µs', 'handled/s', 'written/s', 'out of order'],
    rows: sustainedContenders.map(({ name }) => [
      name,
      ratio(results.ratio('perSecond', [name, ''], [best, ''])),
      microseconds(results.summary(name, '', 'cpuMicroseconds')),
      rate(results.summary(name, '', 'perSecond')),
      rate(results.summary(name, '', 'writtenPerSecond')),
      number(results.summary(name, '', 'inverted').median),
    ]),
    notes: sustainedContenders.map(({ name, does }) => `${name}: ${does}.`),
  };
}
