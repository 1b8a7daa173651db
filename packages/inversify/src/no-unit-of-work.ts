import { TidingsError } from '@tidings/domain';

/** What depends on the unit of work of a message was asked for where no message is handled. */
export class NoUnitOfWorkError extends TidingsError {
  constructor() {
    super(
      'TIDINGS_NO_UNIT_OF_WORK',
      'There is no unit of work here: what depends on it is resolved for handlers, not asked for by container.get. Do the work in the handler of a command.',
    );
  }
}
