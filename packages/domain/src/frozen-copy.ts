/**
 * A deeply frozen copy of plain objects and arrays; whatever else (a Date, say) is kept as it is.
 * The caller's own object stays changeable and can no longer change the message.
 */
export function frozenCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy)) as T;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member = frozenCopy((value as Record<string, unknown>)[key]);
    // Plain assignment to this one key would set the prototype instead.
    if (key === '__proto__') {
      Object.defineProperty(copy, key, { value: member, enumerable: true });
    } else {
      copy[key] = member;
    }
  }
  return Object.freeze(copy) as T;
}
