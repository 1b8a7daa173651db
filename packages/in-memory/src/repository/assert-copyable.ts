import { UnstorableValueError } from '@tidings/core';

type Class = abstract new (...args: never[]) => unknown;

/** A declaration of a private member in the text of a class: nothing outside the class can copy it. */
const PRIVATE_MEMBER = /^\s*(?:(?:async|get|set)\s+)?\*?\s*#[\w$]+/m;

const checked = new WeakMap<Class, boolean>();

/**
 * Refuses an instance of a class with `#private` members: a copy would lack them, and fail only when
 * a method uses one.
 *
 * @param until this class and those it extends are not looked at
 */
export function assertCopyable(value: object, until?: Class): void {
  let prototype = Object.getPrototypeOf(value) as { constructor?: Class } | null;
  while (prototype !== null && prototype !== Object.prototype) {
    const { constructor } = prototype;
    if (constructor === until || typeof constructor !== 'function') return;
    if (hasPrivateMembers(constructor)) {
      throw new UnstorableValueError(`An instance of ${constructor.name}`, [
        {
          path: '$',
          fault:
            'has #private members, which no copy can have. Give the repository toState and fromState',
        },
      ]);
    }
    prototype = Object.getPrototypeOf(prototype) as { constructor?: Class } | null;
  }
}

function hasPrivateMembers(constructor: Class): boolean {
  const known = checked.get(constructor);
  if (known !== undefined) return known;
  const found = PRIVATE_MEMBER.test(Function.prototype.toString.call(constructor));
  checked.set(constructor, found);
  return found;
}
