import { on } from '@tidings/core';

import { Notifications } from '../allocation/ports.ts';
import { PurchaseCancelled, PurchaseOverdue, PurchaseRequested } from './messages.ts';

export const BUYERS = 'stock@made.com';

/** Tells the buyers what to buy, and what not. A mail server that does not answer delays nothing else. */
export const purchaseMails = on(
  [PurchaseRequested, PurchaseOverdue, PurchaseCancelled],
  'purchase-mails',
  { mail: Notifications },
  (data, { mail }, { envelope, signal }) => {
    const [subject, text] =
      'since' in data
        ? overdue(data)
        : envelope?.type === PurchaseCancelled.type
          ? cancelled(data)
          : requested(data);
    return mail.send(BUYERS, subject, text, signal);
  },
  { timeoutMs: 30_000 },
);

type Mail = readonly [subject: string, text: string];

function requested({ sku }: { readonly sku: string }): Mail {
  return [`Out of stock for ${sku}`, `Order lines for ${sku} wait. Please buy it.`];
}

function overdue({ sku, since }: { readonly sku: string; readonly since: string }): Mail {
  return [`Still out of stock for ${sku}`, `Order lines for ${sku} have waited since ${since}.`];
}

function cancelled({ sku }: { readonly sku: string }): Mail {
  return [`No need to buy ${sku}`, `No order line for ${sku} waits any more: there was enough.`];
}
