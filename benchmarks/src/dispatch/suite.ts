import { inRounds, type Entry, type Results } from '../harness/rounds.ts';
import { microseconds, rate, ratio } from '../report/numbers.ts';
import type { Summary } from '../harness/statistics.ts';
import type { Table } from '../report/table.ts';
import type { Target } from '../report/target.ts';
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
      title: 'Dispatch in one process, without I/O',
      targets: targets(results),
      bounds: BOUNDS,
      tables: [
        table('B1 · commands, awaited one by one', commandContenders, REALISTIC_COMMANDS, results),
        table('B1 · events to 3 subscribers', eventContenders, REALISTIC_EVENTS, results),
      ],
      measured: results.all,
    };
  },
};

const BOUNDS = [
  `A command passes, beside what is written by hand, validation, a unit of work, a time limit and the retries after a
conflict. A profile shows no place that stands out: what is left are the promises of the bus, the executor, the
middlewares and the handler. Node 24, whose AsyncLocalStorage needs no hooks in promises, takes about 40 % less time
for both sides, so the ratio stays.`,
  `An event is not dispatched, it is delivered: stored; given a position and read by the relay; queued for each
subscriber; and there fingerprinted, parsed, validated and applied in a unit of work of its own together with its inbox
record, with its own time limit and retries. By hand and with @nestjs/cqrs it is a call of three functions, which a crash
loses. A third of the time goes to the garbage collector, because each delivery makes some 12 kB of promises and objects; what the log and the inbox
keep is little of it: without the inbox record an event takes 12 % less. Several times the speed would need deliveries without
a unit of work each, which is what makes them take effect once. Where that is not needed, call a function.`,
];

function targets(results: Results): readonly Target[] {
  const [few, many] = [variantOf(FEW), variantOf(MANY)];
  const cpu = (one: string, by: string, variant: string): Summary =>
    results.ratio('cpuMicroseconds', [by, variant], [one, variant]);
  const growth = (name: string): Summary =>
    results.ratio('cpuMicroseconds', [name, few], [name, many]);
  const [ofCommand, ofEvent] = ['command: Tidings', 'event: Tidings'];
  return [
    {
      what: 'B1 command : by hand, all three',
      unit: 'ratio',
      reached: cpu(ofCommand, REALISTIC_COMMANDS, few),
      atLeast: 0.5,
    },
    {
      what: 'B1 command, 50 types : 1 type',
      unit: 'ratio',
      reached: growth(ofCommand),
      atLeast: 0.9,
    },
    {
      what: 'B1 event : by hand, all three',
      unit: 'ratio',
      reached: cpu(ofEvent, REALISTIC_EVENTS, few),
      atLeast: 0.5,
    },
    { what: 'B1 event, 50 types : 1 type', unit: 'ratio', reached: growth(ofEvent), atLeast: 0.9 },
    {
      what: 'B1 event, 50 types : @nestjs/cqrs',
      unit: 'ratio',
      reached: cpu(ofEvent, 'event: @nestjs/cqrs', many),
      atLeast: 5,
    },
  ];
}

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
