import type { StandardSchemaIssue, StandardSchemaResult, StandardSchemaV1 } from '@tidings/domain';

import type { ValidationFault } from '../errors/message-errors.ts';

/**
 * Applies a schema and gives its output. The result is a promise only where the schema is
 * asynchronous, because awaiting costs more than most validations do.
 *
 * @param fail makes the error to throw of all faults
 */
export function validate<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
  fail: (faults: readonly ValidationFault[]) => Error,
): Output | Promise<Output> {
  const result = schema['~standard'].validate(value);
  return result instanceof Promise
    ? result.then((settled) => outputOf(settled, fail))
    : outputOf(result, fail);
}

function outputOf<Output>(
  result: StandardSchemaResult<Output>,
  fail: (faults: readonly ValidationFault[]) => Error,
): Output {
  if (result.issues === undefined) return result.value;
  throw fail(result.issues.map(toFault));
}

function toFault({ message, path = [] }: StandardSchemaIssue): ValidationFault {
  const text = path
    .map((segment) => (typeof segment === 'object' ? segment.key : segment))
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('');
  return { path: text.startsWith('.') ? text.slice(1) : text, message };
}
