import { isSame, type SchemaObject } from './json-schema.ts';

/** The least or greatest number that a schema allows. */
interface Bound {
  readonly value: number;
  readonly isExclusive: boolean;
}

/**
 * What of the keywords of numbers, texts and lists data that fit `inner` may offend against in `outer`, as
 * words that follow its path.
 */
export function valueFaults(
  inner: SchemaObject,
  outer: SchemaObject,
  type: string,
): readonly string[] {
  switch (type) {
    case 'number':
    case 'integer':
      return [
        ...boundFaults(inner, outer, 'minimum', 'exclusiveMinimum', 1, type),
        ...boundFaults(inner, outer, 'maximum', 'exclusiveMaximum', -1, type),
        ...multipleFaults(inner, outer),
      ];
    case 'string':
      return [
        ...sizeFaults(inner, outer, 'Length', 'characters'),
        ...equalFaults(inner, outer, ['pattern', 'format', 'contentEncoding', 'contentMediaType']),
      ];
    case 'array':
      return [
        ...sizeFaults(inner, outer, 'Items', 'items'),
        ...(outer['uniqueItems'] === true && inner['uniqueItems'] !== true
          ? ['may have an item twice']
          : []),
      ];
    case 'object':
      return sizeFaults(inner, outer, 'Properties', 'members');
    default:
      return [];
  }
}

/** Keywords that cannot be compared: what they demand has to have been demanded before. */
export function equalFaults(
  inner: SchemaObject,
  outer: SchemaObject,
  keywords: readonly string[],
): readonly string[] {
  return keywords
    .filter((keyword) => keyword in outer && !isSame(inner[keyword], outer[keyword]))
    .map((keyword) =>
      keyword in inner ? `has another ${keyword}` : `need not fit the ${keyword} that is asked for`,
    );
}

function boundFaults(
  inner: SchemaObject,
  outer: SchemaObject,
  inclusive: string,
  exclusive: string,
  direction: 1 | -1,
  type: string,
): readonly string[] {
  const asked = boundOf(outer, inclusive, exclusive, direction, type);
  if (asked === undefined) return [];
  const kept = boundOf(inner, inclusive, exclusive, direction, type);
  const beyond = kept === undefined ? -1 : direction * (kept.value - asked.value);
  const isWithin =
    beyond > 0 || (beyond === 0 && (kept?.isExclusive === true || !asked.isExclusive));
  if (isWithin) return [];
  const word = direction === 1 ? 'less' : 'more';
  return [`may be ${word} than ${asked.isExclusive ? 'or equal to ' : ''}${asked.value}`];
}

/** The stricter one of both keywords. Between whole numbers there is nothing: an exclusive bound is moved. */
function boundOf(
  schema: SchemaObject,
  inclusive: string,
  exclusive: string,
  direction: 1 | -1,
  type: string,
): Bound | undefined {
  const bounds = [
    { value: schema[inclusive], isExclusive: false },
    { value: schema[exclusive], isExclusive: true },
  ]
    .filter((bound): bound is Bound => typeof bound.value === 'number')
    .map((bound) => (type === 'integer' ? wholeBound(bound, direction) : bound));
  return bounds.toSorted(
    (left, right) =>
      direction * (right.value - left.value) ||
      Number(right.isExclusive) - Number(left.isExclusive),
  )[0];
}

function wholeBound({ value, isExclusive }: Bound, direction: 1 | -1): Bound {
  const whole = direction === 1 ? Math.ceil(value) : Math.floor(value);
  return {
    value: isExclusive && whole === value ? whole + direction : whole,
    isExclusive: false,
  };
}

function multipleFaults(inner: SchemaObject, outer: SchemaObject): readonly string[] {
  const asked = outer['multipleOf'];
  if (typeof asked !== 'number') return [];
  const kept = inner['multipleOf'];
  const isKept = typeof kept === 'number' && Number.isInteger(kept / asked);
  return isKept ? [] : [`need not be a multiple of ${asked}`];
}

function sizeFaults(
  inner: SchemaObject,
  outer: SchemaObject,
  what: 'Length' | 'Items' | 'Properties',
  unit: string,
): readonly string[] {
  const least = numberOf(outer[`min${what}`], 0);
  const most = numberOf(outer[`max${what}`], Infinity);
  return [
    ...(numberOf(inner[`min${what}`], 0) < least ? [`may have less than ${least} ${unit}`] : []),
    ...(numberOf(inner[`max${what}`], Infinity) > most
      ? [`may have more than ${most} ${unit}`]
      : []),
  ];
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
