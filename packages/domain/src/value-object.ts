import { frozenCopy } from './frozen-copy.ts';

/**
 * Something that is its attributes: immutable, and equal to any other of its class with the same
 * attributes.
 *
 * @example
 * class OrderLine extends ValueObject<{ orderId: string; sku: string; qty: number }> {}
 * new OrderLine({ orderId: 'o1', sku: 'LAMP', qty: 2 }).equals(other);
 */
export abstract class ValueObject<Attributes extends object> {
  readonly attributes: Readonly<Attributes>;

  constructor(attributes: Attributes) {
    this.attributes = frozenCopy(attributes);
  }

  equals(other: unknown): boolean {
    return (
      other instanceof ValueObject &&
      other.constructor === this.constructor &&
      sameValue(this.attributes, other.attributes)
    );
  }
}

function sameValue(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    return false;
  }
  if (left instanceof ValueObject) return left.equals(right);
  if (left instanceof Date) return right instanceof Date && left.getTime() === right.getTime();
  if (Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false;
  const leftKeys = Object.keys(left);
  return (
    leftKeys.length === Object.keys(right).length &&
    leftKeys.every(
      (key) =>
        Object.hasOwn(right, key) &&
        sameValue((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]),
    )
  );
}
