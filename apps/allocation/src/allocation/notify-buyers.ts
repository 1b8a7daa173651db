import { on } from '@tidings/core';

import { OutOfStock } from './messages.ts';
import { Notifications } from './ports.ts';

const BUYERS = 'stock@made.com';

/** Tells the buyers what has run out. A mail server that does not answer delays nothing else. */
export const notifyBuyers = on(
  OutOfStock,
  'notify-buyers',
  { mail: Notifications },
  ({ sku }, { mail }, { signal }) =>
    mail.send(
      BUYERS,
      `Out of stock for ${sku}`,
      `An order line for ${sku} could not be allocated.`,
      signal,
    ),
  { timeoutMs: 30_000 },
);
