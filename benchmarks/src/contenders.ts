import { brokerContenders } from './broker/contenders.ts';
import { commandContenders, eventContenders } from './dispatch/contenders.ts';
import type { Contender } from './harness/contender.ts';
import { queueContenders } from './queue/contenders.ts';
import { relayContenders } from './relay/contenders.ts';
import { sustainedContenders } from './sustained/contenders.ts';
import { transactionContenders } from './transaction/contenders.ts';

/** The contender of that name, of whichever benchmark. */
export function findContender(name: string): Contender<never> {
  const all: readonly Contender<never>[] = [
    ...commandContenders,
    ...eventContenders,
    ...transactionContenders,
    ...relayContenders,
    ...brokerContenders,
    ...sustainedContenders,
    ...queueContenders,
  ];
  const found = all.find((contender) => contender.name === name);
  if (found === undefined) throw new RangeError(`there is no contender "${name}"`);
  return found;
}
