import { feature, handle, on, token } from '@tidings/core';
import { Aggregate, command, event } from '@tidings/domain';
import { z } from 'zod';

export const Buy = command('shop.Buy', z.object({ shop: z.string(), item: z.string() }), {
  result: z.int(),
});
const Bought = event('shop.Bought', z.object({ item: z.string() }));

export interface ShopState {
  readonly items: readonly string[];
}

/** The aggregate of the tests: a shop counts what it sold. */
export class Shop extends Aggregate {
  readonly items: string[];

  constructor(id: string, version = 0, items: readonly string[] = []) {
    super(id, version);
    this.items = [...items];
  }

  sell(item: string): number {
    if (item === 'nothing') throw new RangeError('nothing is not for sale');
    this.items.push(item);
    this.record(Bought({ item }));
    return this.items.length;
  }
}

export const shopMapping = {
  toState: ({ items }: Shop): ShopState => ({ items }),
  fromState: ({ items }: ShopState, id: string, version: number): Shop =>
    new Shop(id, version, items),
};

export interface ShopRepository {
  get(id: string): Promise<Shop | undefined>;
  add(shop: Shop): void;
}

export interface Receipts {
  write(line: string): void;
}

export const Shops = token<ShopRepository>('Shops');
export const ReceiptPrinter = token<Receipts>('ReceiptPrinter');

const buy = handle(Buy, { shops: Shops }, async ({ shop: id, item }, { shops }) => {
  let shop = await shops.get(id);
  if (shop === undefined) {
    shop = new Shop(id);
    shops.add(shop);
  }
  return shop.sell(item);
});

const receipts = on(Bought, 'receipts', { printer: ReceiptPrinter }, ({ item }, { printer }) =>
  printer.write(`1 ${item}`),
);

export const shopping = feature('shopping', [buy, receipts]);
