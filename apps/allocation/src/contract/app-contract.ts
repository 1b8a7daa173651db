import { contractOf, type Contract } from '@tidings/core';

import { features } from '../features.ts';

/** The contract of all messages of the app; no setting has a part in it. */
export function appContract(): Contract {
  return contractOf(features({ reminderAfterMs: 1, timeZone: 'UTC' }));
}
