import type { MessageDefinition } from '@tidings/domain';

import { UndecodableMessageError, ValidationError } from '../errors/message-errors.ts';
import { inexactNumber } from '../json/inexact-numbers.ts';
import { jsonFaults } from '../json/json-faults.ts';
import type { Envelope } from './envelope.ts';
import { isAttribute } from './encode-message.ts';
import type { MessageLimits } from './limits.ts';
import { validate } from './validate.ts';

const INVALID_SHAPE = 'invalid-shape';

/**
 * Reads a message's data: parses the body, brings it to the definition's version and validates it. The
 * result is a promise only where the schema is asynchronous.
 *
 * @throws {@link UndecodableMessageError} with the reason; for data that does not fit the schema the
 * reason is `schema`, or `invalid-shape` where it is not even an object, and the cause is the
 * {@link ValidationError} with every fault
 */
export function decodeMessage(
  envelope: Envelope,
  definition: MessageDefinition | undefined,
  limits: MessageLimits,
): unknown {
  checkAttributes(envelope);
  if (definition === undefined) {
    throw new UndecodableMessageError(
      'unknown-type',
      `no definition of "${envelope.type}" is known here`,
    );
  }
  const parsed = parse(envelope.body, limits);
  const data = upcast(parsed, envelope.dataversion, definition);
  const refused = (cause: unknown): never => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UndecodableMessageError(isObject(parsed) ? 'schema' : INVALID_SHAPE, why, { cause });
  };
  try {
    const valid = validate(
      definition.schema,
      data,
      (faults) => new ValidationError(envelope.type, faults),
    );
    return valid instanceof Promise ? valid.catch(refused) : valid;
  } catch (cause) {
    return refused(cause);
  }
}

function checkAttributes(envelope: Envelope): void {
  for (const name of [
    'id',
    'type',
    'correlationid',
    'causationid',
    'partitionkey',
    'intentid',
    'subject',
  ] as const) {
    if (!isAttribute(envelope[name])) {
      throw new UndecodableMessageError(
        'invalid-attribute',
        `its ${name} is empty, too long or has control characters`,
      );
    }
  }
}

function parse(body: string, limits: MessageLimits): unknown {
  const bytes = Buffer.byteLength(body);
  if (bytes > limits.maxBodyBytes) {
    throw new UndecodableMessageError(
      'too-large',
      `its body has ${bytes} bytes, at most ${limits.maxBodyBytes} are allowed`,
    );
  }
  let data: unknown;
  try {
    data = JSON.parse(body);
  } catch {
    throw notJson(body);
  }
  const fault = jsonFaults(data, { maxDepth: limits.maxDepth }).find(
    ({ fault: text }) => !text.endsWith('-0'),
  );
  if (fault !== undefined) {
    const reason = fault.fault.includes('nested') ? 'too-deep' : 'invalid-json';
    throw new UndecodableMessageError(reason, `${fault.path} ${fault.fault}`);
  }
  const inexact = inexactNumber(body);
  if (inexact !== undefined) {
    throw new UndecodableMessageError(
      'invalid-json',
      `${inexact} is a number that would be rounded; send it as text`,
    );
  }
  return data;
}

/** Without the parser's own message: it quotes the body, and payloads must not get into logs. */
function notJson(body: string): UndecodableMessageError {
  if (body.startsWith('\uFEFF')) {
    return new UndecodableMessageError(
      'invalid-encoding',
      'its body begins with a byte order mark',
    );
  }
  return body.trim() === ''
    ? new UndecodableMessageError(INVALID_SHAPE, 'its body is empty')
    : new UndecodableMessageError('invalid-json', 'its body is not JSON');
}

function isObject(data: unknown): boolean {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function upcast(data: unknown, from: number, definition: MessageDefinition): unknown {
  if (!Number.isSafeInteger(from) || from < 1 || from > definition.version) {
    throw new UndecodableMessageError(
      'unsupported-version',
      `it has version ${from}, versions up to ${definition.version} are known here`,
      { isNewer: Number.isSafeInteger(from) && from > definition.version },
    );
  }
  let current = data;
  for (let version = from; version < definition.version; version += 1) {
    const upcaster = definition.upcasters.get(version);
    if (upcaster === undefined) {
      throw new UndecodableMessageError(
        'unsupported-version',
        `version ${version} has no upcaster`,
      );
    }
    try {
      current = upcaster(current);
    } catch (cause) {
      throw new UndecodableMessageError(
        isObject(data) ? 'upcast-failed' : INVALID_SHAPE,
        `the upcaster from version ${version} threw`,
        { cause },
      );
    }
  }
  return current;
}
