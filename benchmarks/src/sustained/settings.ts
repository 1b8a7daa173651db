export const WRITERS = 8;
/** What is changed, in turns; every change of one has the next version. */
export const KEYS = 1000;

/** About 300 bytes of data beside key and version. */
export const NOTE: string = 'x'.repeat(260);

export const CHANGE = {
  name: 'change',
  text: 'update stock set version = version + 1 where sku = $1 returning version',
};

export function skuOf(n: number): string {
  return `SKU-${n % KEYS}`;
}

/** What a message tells of a change. */
export interface Changed {
  readonly id: string;
  readonly sku: string;
  readonly version: number;
  readonly note: string;
}
