import { ValueObject } from '@tidings/domain';

/** So many of one product for one order. Two lines with the same attributes are the same line. */
export class OrderLine extends ValueObject<{
  readonly orderid: string;
  readonly sku: string;
  readonly qty: number;
}> {
  get orderid(): string {
    return this.attributes.orderid;
  }

  get sku(): string {
    return this.attributes.sku;
  }

  get qty(): number {
    return this.attributes.qty;
  }
}
