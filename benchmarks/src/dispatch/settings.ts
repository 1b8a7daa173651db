export interface DispatchSettings {
  /** How many message types are registered; they are dispatched in turns. */
  readonly types: number;
  readonly milliseconds: number;
}

/** The data of every message. */
export interface Line {
  readonly orderId: string;
  readonly sku: string;
  readonly qty: number;
}

export const line: Line = { orderId: 'order-1', sku: 'SMALL-TABLE', qty: 2 };

/** How many subscribers every event has. */
export const SUBSCRIBERS = 3;

/** What handlers change, so that none of their work can be optimised away. */
const handled = { qty: 0 };

/** The handler of every contender. */
export async function handleLine({ qty }: Line): Promise<void> {
  handled.qty += qty;
}

export function typeNames(kind: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `bench.${kind}${index}`);
}
