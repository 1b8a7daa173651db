import { handle, schedule, type Schedule } from '@tidings/core';

import { Notifications, WaitingLines, type WaitingProduct } from '../allocation/ports.ts';
import { SendStockReport } from './messages.ts';
import { BUYERS } from './purchase-mails.ts';

/** Sends the report, unless nothing is waited for. */
export const sendStockReport = handle(
  SendStockReport,
  { waiting: WaitingLines, mail: Notifications },
  async (_, { waiting, mail }, { signal }) => {
    const products = await waiting.products();
    if (products.length === 0) return;
    const subject = `${products.length} product(s) are waited for`;
    await mail.send(BUYERS, subject, products.map(lineOf).join('\n'), signal);
  },
  { timeoutMs: 30_000 },
);

/** The buyers find the report in the morning. Nights that were missed are made up for by one report. */
export function nightlyStockReport(timeZone: string): Schedule {
  return schedule('nightly-stock-report', '0 2 * * *', { timeZone }, SendStockReport({}));
}

function lineOf({ sku, lines, qty }: WaitingProduct): string {
  return `${sku}: ${qty} in ${lines} order line(s)`;
}
