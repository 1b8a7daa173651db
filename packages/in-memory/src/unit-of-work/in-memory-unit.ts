import { bind, CurrentUnitOfWork, InvalidOptionsError, token } from '@tidings/core';
import type { Binding, Token } from '@tidings/core';

import { InMemoryUnitOfWork } from './in-memory-unit-of-work.ts';

/** The unit of work of the message that is handled, as repositories of the in-memory store need it. */
export const InMemoryUnit: Token<InMemoryUnitOfWork> = token<InMemoryUnitOfWork>('InMemoryUnit');

export const inMemoryUnitBinding: Binding<typeof InMemoryUnit, typeof CurrentUnitOfWork> = bind(
  InMemoryUnit,
  { unit: CurrentUnitOfWork },
  ({ unit }) => {
    if (unit instanceof InMemoryUnitOfWork) return unit;
    throw new InvalidOptionsError('the application', [
      'something depends on InMemoryUnit, but another adapter brings the persistence',
    ]);
  },
);
