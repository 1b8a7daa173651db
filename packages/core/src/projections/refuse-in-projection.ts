import { InvalidOptionsError } from '../errors/app-errors.ts';
import { currentCall } from '../execution/current-call.ts';

/** @throws {@link InvalidOptionsError} where the handler of a projection runs: it would cause it anew in every build */
export function refuseInProjection(operation: string): void {
  const call = currentCall();
  if (call === undefined || call.context !== undefined) return;
  throw new InvalidOptionsError(operation, [
    `${call.handler} causes nothing, since it may be built again at any time; subscribe to the event with on()`,
  ]);
}
