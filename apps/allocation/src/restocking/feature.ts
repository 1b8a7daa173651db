import { feature } from '@tidings/core';

import { purchaseMails } from './purchase-mails.ts';
import { restocking } from './restocking.ts';
import { nightlyStockReport, sendStockReport } from './stock-report.ts';

export interface RestockingOptions {
  /** When the buyers are reminded that no batch has come, in milliseconds. */
  readonly reminderAfterMs: number;
  /** Where it is night when the nightly report is made, as `Europe/Berlin`. */
  readonly timeZone: string;
}

/** Buying what has run out. */
export const restockingFeature = ({ reminderAfterMs, timeZone }: RestockingOptions) =>
  feature('restocking', [
    restocking(reminderAfterMs),
    purchaseMails,
    sendStockReport,
    nightlyStockReport(timeZone),
  ]);
