import { formatContract } from './contract-of.ts';
import type { Contract, JsonSchema, MessageContract } from './contract.ts';
import { isSame } from './json-schema.ts';
import { subsetFaults } from './subset-faults.ts';

/** One difference between two contracts. */
export interface ContractChange {
  /** The type of the message. */
  readonly message: string;
  /** Where in its data, as `lines[].qty`, or `result` for what its handler returns; empty for the whole. */
  readonly path: string;
  /** What changed, as a sentence. */
  readonly change: string;
  /** What to do about it. */
  readonly advice: string;
}

export interface ContractComparison {
  /** With these, messages that exist, or somebody who sends or reads them, are at a loss. */
  readonly breaking: readonly ContractChange[];
  /** These harm nobody; the contract only has to be written anew. */
  readonly compatible: readonly ContractChange[];
}

const NEW_VERSION =
  'Raise the version of the message, and add an upcaster from the one before; or take the change back.';
const WRITE_ANEW = 'Write the contract anew.';

/**
 * What became of a contract. While a message keeps its version:
 *
 * - what was written before must fit its schema as it is now, for it is stored and under way: of commands
 *   and events alike;
 * - what is written now must also fit the schema as it was, for others read it by that: of events, and of the
 *   results of commands. (A command has one reader, the service itself.)
 *
 * Writers write the members that their schema names; readers leave out of account those that theirs does not.
 * With a higher version the data may be anything, as long as the version before can still be read.
 *
 * @example
 * const { breaking } = compareContracts(JSON.parse(await readFile('contract.json', 'utf8')), contractOf(features));
 */
export function compareContracts(earlier: Contract, later: Contract): ContractComparison {
  const [before, after] = [inOrder(earlier), inOrder(later)];
  const types = new Set([...Object.keys(before.messages), ...Object.keys(after.messages)]);
  const outcomes = [...types].toSorted().map((type) => {
    const [was, is] = [memberOf(before, type), memberOf(after, type)];
    return was === undefined || is === undefined
      ? comingOrGoing(type, was)
      : compareMessages(type, was, is);
  });
  return {
    breaking: outcomes.flatMap(({ breaking }) => breaking),
    compatible: outcomes.flatMap(({ compatible }) => compatible),
  };
}

/** Changes as text: for each the message, the path, what changed and what to do. */
export function describeChanges(changes: readonly ContractChange[]): string {
  return changes
    .map(({ message, path, change, advice }) => {
      const at = path === '' ? message : `${message}, ${path}`;
      return `- ${at}: ${change} ${advice}`;
    })
    .join('\n');
}

/** As it comes out of a file: lists whose order says nothing are in one order. */
const inOrder = (contract: Contract): Contract => JSON.parse(formatContract(contract)) as Contract;

const memberOf = ({ messages }: Contract, type: string): MessageContract | undefined =>
  Object.hasOwn(messages, type) ? messages[type] : undefined;

function comingOrGoing(type: string, was: MessageContract | undefined): ContractComparison {
  if (was === undefined) {
    const change = { message: type, path: '', change: 'It is new.', advice: WRITE_ANEW };
    return { breaking: [], compatible: [change] };
  }
  const change = {
    message: type,
    path: '',
    change: `The ${was.kind} is gone.`,
    advice:
      'Keep it defined as long as one can be stored, under way or sent by others; then write the contract anew, and say that the change is meant.',
  };
  return { breaking: [change], compatible: [] };
}

function compareMessages(
  message: string,
  was: MessageContract,
  is: MessageContract,
): ContractComparison {
  const of = (path: string, change: string, advice: string): ContractChange => ({
    message,
    path,
    change,
    advice,
  });
  const breaking = [
    ...(was.kind === is.kind
      ? []
      : [of('', `It was a ${was.kind} and is a ${is.kind}.`, 'Give it another name.')]),
    ...versionChanges(was, is).map(([change, advice]) => of('', change, advice)),
    ...(was.version === is.version ? dataChanges(was, is) : []).map(([path, change]) =>
      of(path, change, NEW_VERSION),
    ),
    ...resultChanges(was, is).map(([path, change]) =>
      of(path, change, 'Take the change back, or make it a new command.'),
    ),
  ];
  if (breaking.length > 0 || isSame(was, is)) return { breaking, compatible: [] };
  return { breaking, compatible: [of('', whatDiffers(was, is), WRITE_ANEW)] };
}

function versionChanges(
  was: MessageContract,
  is: MessageContract,
): readonly (readonly [change: string, advice: string])[] {
  if (is.version < was.version) {
    return [
      [
        `Its version was ${was.version} and is ${is.version}.`,
        'Versions only go up: what was written with the higher one could not be read.',
      ],
    ];
  }
  if (is.readsFrom > was.readsFrom) {
    return [
      [
        `Versions from ${was.readsFrom} on could be read; now those from ${is.readsFrom} on can.`,
        'Keep the upcasters of versions that can still come; the log keeps messages for good.',
      ],
    ];
  }
  return [];
}

type Fault = readonly [path: string, change: string];

function dataChanges(was: MessageContract, is: MessageContract): readonly Fault[] {
  const stored = subsetFaults(was.data, is.data).map(({ path, fault }): Fault => [
    path,
    `What was written before ${fault}, and that does not fit any more.`,
  ]);
  if (is.kind === 'command') return stored;
  return [...stored, ...unreadable(was.data, is.data, '')];
}

function resultChanges(was: MessageContract, is: MessageContract): readonly Fault[] {
  if (was.result === undefined) return [];
  if (is.result === undefined) return [['result', 'It is not described any more.']];
  const kept = subsetFaults(was.result, is.result).map(({ path, fault }): Fault => [
    inResult(path),
    `What is kept for an intent ${fault}, and that does not fit any more.`,
  ]);
  return [...kept, ...unreadable(was.result, is.result, 'result')];
}

function unreadable(was: JsonSchema, is: JsonSchema, prefix: string): readonly Fault[] {
  return subsetFaults(is, was).map(({ path, fault }): Fault => [
    prefix === '' ? path : inResult(path),
    `What is written now ${fault}, and who reads it as it was cannot take that.`,
  ]);
}

const inResult = (path: string): string => (path === '' ? 'result' : `result.${path}`);

function whatDiffers(was: MessageContract, is: MessageContract): string {
  if (was.version !== is.version) return `Its version was ${was.version} and is ${is.version}.`;
  if (!isSame(was.data, is.data)) return 'Its data differ in a way that everybody can read.';
  if (!isSame(was.result, is.result)) return 'Its result differs in a way that everybody can read.';
  return 'It is used by others, or reads more versions, than before.';
}
