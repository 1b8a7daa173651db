/** A double holds any number with fewer digits. */
const SUSPECT_DIGITS = 16;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
/** `e`, and `E` with the bit that makes it small. */
const EXPONENT = 0x65;
const SMALL = 0x20;
const BEFORE_NUMBER = /[[:,\s]/;
/** A text, a number or a mark of structure; the body is known to be JSON. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|[[\]{},:]/g;
/** What `toPrecision` can give. */
const MOST_DIGITS = 100;

interface Level {
  readonly isList: boolean;
  index: number;
  key: string;
}

/**
 * Where a JSON text has the first number that `JSON.parse` changes, as `$.lines[0].qty`: too large, too
 * small, or with more digits than a double holds. `0.1` is not changed in this sense, since it is `0.1`
 * again when it is written.
 *
 * @param json a text that `JSON.parse` takes, nested so deep that a path can be given
 */
export function inexactNumber(json: string): string | undefined {
  if (!isSuspect(json)) return undefined;
  const levels: Level[] = [];
  let text = '';
  for (const [token] of json.matchAll(TOKEN)) {
    const level = levels.at(-1);
    switch (token[0]) {
      case '{':
      case '[':
        levels.push({ isList: token === '[', index: 0, key: '' });
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      case ',':
        if (level !== undefined) level.index += 1;
        break;
      case ':':
        if (level !== undefined) level.key = text;
        break;
      case '"':
        text = token;
        break;
      default:
        if (isSuspect(token) && !isExact(token)) return pathOf(levels);
    }
  }
  return undefined;
}

/**
 * Whether there could be a number that a double does not hold: one of many digits, or with an exponent.
 * Digits in a text are found as well, which costs a closer look and nothing else. A loop is several
 * times as fast as a regular expression here, and this is done for every message.
 */
function isSuspect(json: string): boolean {
  let run = 0;
  for (let index = 0; index < json.length; index += 1) {
    const unit = json.charCodeAt(index);
    if (unit === DOT || (unit >= ZERO && unit <= NINE)) {
      run += 1;
      if (run >= SUSPECT_DIGITS) return true;
    } else {
      if (run > 0 && (unit | SMALL) === EXPONENT && isNumberAt(json, index - run)) return true;
      run = 0;
    }
  }
  return false;
}

/** Whether what stands before the digits can stand before a number; before most digits in texts it cannot. */
function isNumberAt(json: string, digits: number): boolean {
  const start = json.charAt(digits - 1) === '-' ? digits - 1 : digits;
  return start === 0 || BEFORE_NUMBER.test(json.charAt(start - 1));
}

/**
 * Whether the double is the literal again when it is written. Of a fraction the digits that a double
 * has beyond those that JavaScript writes count too: other languages write them.
 */
function isExact(literal: string): boolean {
  const value = Number(literal);
  if (String(value) === literal) return true;
  const sent = decimal(literal);
  if (sent.digits === '') return true;
  if (!Number.isFinite(value)) return false;
  if (isSame(sent, decimal(String(value)))) return true;
  const isWhole = sent.digits.length <= sent.exponent;
  return (
    !isWhole &&
    sent.digits.length <= MOST_DIGITS &&
    isSame(sent, decimal(value.toPrecision(sent.digits.length)))
  );
}

interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

function isSame(left: Decimal, right: Decimal): boolean {
  return left.digits === right.digits && left.exponent === right.exponent;
}

/** The significant digits of a number, and the power of ten by which `0.digits` has to be multiplied. */
function decimal(literal: string): Decimal {
  const [mantissa = '', power = '0'] = literal.toLowerCase().replace(/^-/, '').split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = whole + fraction;
  const digits = all.replace(/^0+/, '');
  const exponent = whole.length - (all.length - digits.length) + Number(power);
  return { digits: digits.replace(/0+$/, ''), exponent };
}

function pathOf(levels: readonly Level[]): string {
  return levels.reduce((path, { isList, index, key }) => {
    if (isList) return `${path}[${index}]`;
    const name = JSON.parse(key) as string;
    return /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}[${key}]`;
  }, '$');
}
