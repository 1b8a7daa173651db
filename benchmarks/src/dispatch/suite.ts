import { inRounds, type Entry, type Results } from '../harness/rounds.ts';
import { microseconds, rate, ratio } from '../report/numbers.ts';
import type { Table } from '../report/table.ts';
import type { Suite } from '../suite.ts';
import {
  commandContenders,
  eventContenders,
  REALISTIC_COMMANDS,
  REALISTIC_EVENTS,
  type DispatchContender,
} from './contenders.ts';
import type { DispatchSettings } from './settings.ts';

const FEW = 1;
const MANY = 50;

/** B1: dispatch within the process, without any I/O. */
export const dispatch: Suite = {
  name: 'b1',
  run: async ({ quick }) => {
    const milliseconds = quick ? 50 : 1000;
    const contenders = [...commandContenders, ...eventContenders];
    const entries = contenders.flatMap(({ name }) =>
      [FEW, MANY].map((types): Entry<DispatchSettings> => ({
        contender: name,
        variant: variantOf(types),
        settings: { types, milliseconds },
      })),
    );
    const results = await inRounds(entries, quick ? 1 : 7);
    return {
      tables: [
        table('B1 · commands, awaited one by one', commandContenders, REALISTIC_COMMANDS, results),
        table('B1 · events to 3 subscribers', eventContenders, REALISTIC_EVENTS, results),
      ],
      measured: results.all,
    };
  },
};

function table(
  title: string,
  contenders: readonly DispatchContender[],
  base: string,
  results: Results,
): Table {
  const few = variantOf(FEW);
  const many = variantOf(MANY);
  return {
    title,
    columns: [
      'contender',
      '× all three',
      `× at ${MANY} types`,
      `${MANY} types : ${FEW}`,
      'CPU µs',
      'calls/s',
      `calls/s, ${MANY} types`,
    ],
    rows: contenders.map(({ name }) => [
      name,
      // CPU time: on a busy machine the other rows' waiting would be counted otherwise.
      ratio(results.ratio('cpuMicroseconds', [base, few], [name, few])),
      ratio(results.ratio('cpuMicroseconds', [base, many], [name, many])),
      ratio(results.ratio('cpuMicroseconds', [name, few], [name, many])),
      microseconds(results.summary(name, few, 'cpuMicroseconds')),
      rate(results.summary(name, few, 'perSecond')),
      rate(results.summary(name, many, 'perSecond')),
    ]),
    notes: [
      ...contenders.map(({ name, does }) => `${name}: ${does}.`),
      'Ratios are of CPU time per call, formed within a round; higher is better. ± is half the distance between the extremes.',
    ],
  };
}

function variantOf(types: number): string {
  return `${types} ${types === 1 ? 'type' : 'types'}`;
}
