import { assertCopyable } from './assert-copyable.ts';

/**
 * A deep copy of plain objects, arrays, maps, sets, dates, bytes and instances of classes. What is
 * referred to twice is copied once, and what is frozen stays so. Functions are not copied.
 *
 * @param seen copies made already, by their originals
 */
export function copyValue<T>(value: T, seen: Map<unknown, unknown> = new Map()): T {
  if (typeof value !== 'object' || value === null) return value;
  return (seen.get(value) ?? copyObject(value, seen)) as T;
}

/** Copies the properties of `source` itself, as values, to `target`. */
export function copyProperties(source: object, target: object, seen: Map<unknown, unknown>): void {
  for (const key of Reflect.ownKeys(source)) {
    const value = copyValue((source as Record<PropertyKey, unknown>)[key], seen);
    const enumerable = Object.prototype.propertyIsEnumerable.call(source, key);
    // Assignment would call setters of the class, and change the prototype for the key "__proto__".
    Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true });
  }
}

function copyObject(value: object, seen: Map<unknown, unknown>): unknown {
  if (value instanceof Date) return new Date(value.getTime());
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return structuredClone(value);
  if (value instanceof Map) {
    const copy = new Map<unknown, unknown>();
    seen.set(value, copy);
    for (const [key, member] of value) copy.set(copyValue(key, seen), copyValue(member, seen));
    return copy;
  }
  if (value instanceof Set) {
    const copy = new Set<unknown>();
    seen.set(value, copy);
    for (const member of value) copy.add(copyValue(member, seen));
    return copy;
  }
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    seen.set(value, copy);
    copy.length = value.length;
    for (const index of value.keys())
      if (index in value) copy[index] = copyValue(value[index], seen);
    return keepFrozen(value, copy);
  }
  assertCopyable(value);
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as object;
  seen.set(value, copy);
  copyProperties(value, copy, seen);
  return keepFrozen(value, copy);
}

function keepFrozen(original: object, copy: object): object {
  return Object.isFrozen(original) ? Object.freeze(copy) : copy;
}
