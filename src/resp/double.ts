/**
 * Doubles as text, the way Redis 8 reads and writes them.
 *
 * Written: an integer up to 2^62 in digits, anything else with the fewest digits that read back as
 * the same number, in the layout of the fpconv library: `1234.5`, `1e-7`, `1.5e+20`.
 * Read: what C's strtod reads, but no hexadecimal, no NaN, no spaces, and nothing that is too large or
 * too small for a double.
 *
 * @module
 */

/** Integers within this distance from zero are written in digits. */
const GREATEST_INTEGER = 2 ** 62;
/** What the smallest integers are written as: scores mostly are some of these. */
const SMALL: readonly string[] = Array.from({ length: 1024 }, (_, i) => String(i));

/** A double as Redis prints it in replies. */
export function formatDouble(value: number): string {
  if ((value | 0) === value && value >= 0 && value < SMALL.length) {
    return value === 0 && 1 / value < 0 ? "-0" : SMALL[value]!;
  }
  if (Number.isInteger(value) && Math.abs(value) <= GREATEST_INTEGER) {
    return Number.isSafeInteger(value) ? String(value) : value.toFixed(0);
  }
  if (!Number.isFinite(value)) return special(value);
  const { sign, digits, exponent } = scientific(value.toExponential());
  // The last digit stands for this power of ten.
  const last = exponent - digits.length + 1;
  const size = Math.abs(exponent);
  if (last >= 0 && size < digits.length + 7) return sign + digits + "0".repeat(last);
  if (last < 0 && (last > -7 || size < 4)) return sign + decimal(digits, last);
  return `${sign}${withPoint(digits, 1)}e${exponent < 0 ? "-" : "+"}${size}`;
}

/** A double as C's `%.17g` prints it, which is how ZSCAN tells the scores of a large sorted set. */
export function formatDoubleLong(value: number): string {
  if (!Number.isFinite(value)) return special(value);
  if (value === 0) return 1 / value < 0 ? "-0" : "0";
  const { sign, digits, exponent } = scientific(value.toExponential(16));
  const significant = digits.replace(/0+$/, "");
  if (exponent < -4 || exponent >= 17) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${withPoint(significant, 1)}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  const last = exponent - significant.length + 1;
  if (last >= 0) return sign + significant + "0".repeat(last);
  return sign + decimal(significant, last);
}

function special(value: number): string {
  return value > 0 ? "inf" : value < 0 ? "-inf" : "nan";
}

/** The parts of a number in JavaScript's exponent form: `-1.25e-7`. */
function scientific(text: string): { sign: string; digits: string; exponent: number } {
  const negative = text.charCodeAt(0) === 0x2d;
  const end = text.indexOf("e");
  const digits = text.slice(negative ? 1 : 0, end).replace(".", "");
  return { sign: negative ? "-" : "", digits, exponent: Number(text.slice(end + 1)) };
}

/** Digits of which the last stands for 10^last, without an exponent; `last` is negative. */
function decimal(digits: string, last: number): string {
  const whole = digits.length + last;
  return whole > 0 ? withPoint(digits, whole) : `0.${"0".repeat(-whole)}${digits}`;
}

function withPoint(digits: string, at: number): string {
  return digits.length > at ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;
/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN: readonly number[] = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const LARGEST_POWER = POWERS_OF_TEN.length - 1;
/** Longest text that {@linkcode parseShort} looks at. */
const LONGEST_SHORT = 24;

/**
 * Reads a double out of `bytes[start, end)`.
 *
 * @returns The number, undefined if there is none.
 */
export function parseDouble(bytes: Uint8Array, start: number, end: number): number | undefined {
  return parseShort(bytes, start, end) ?? parseText(textOf(bytes, start, end));
}

/**
 * Reads the end of a range of scores, or a weight of SORT, for which Redis has another parser than for scores:
 * nothing at all is 0, and what is too large or too small for a double is infinite or 0.
 *
 * @returns The number, undefined if there is none.
 */
export function parseBound(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (start === end) return 0;
  const value = parseShort(bytes, start, end);
  if (value !== undefined) return value;
  const text = textOf(bytes, start, end);
  if (text.length <= LONGEST && DECIMAL.test(text)) return Number(text);
  return parseText(text);
}

/**
 * Reads a number whose digits make an integer that a double holds, as does the power of ten: so there is
 * one operation, and it is rounded once, as it must be. Others are read by way of a text, which takes ten
 * times as long.
 */
function parseShort(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start > LONGEST_SHORT) return undefined;
  const negative = bytes[start] === 0x2d;
  const first = negative ? start + 1 : start;
  let value = 0, point = -1, i = first;
  for (; i < end; i++) {
    const digit = bytes[i]! - 0x30;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else if (bytes[i] === 0x2e && point < 0) point = i;
    else break;
  }
  // A sum that was rounded on its way is larger than this.
  if (value > Number.MAX_SAFE_INTEGER) return undefined;
  if (i - first - (point < 0 ? 0 : 1) === 0) return undefined;
  let power = point < 0 ? 0 : point + 1 - i;
  if (i < end) {
    if ((bytes[i]! | 0x20) !== 0x65) return undefined;
    const minus = bytes[++i] === 0x2d;
    if (minus || bytes[i] === 0x2b) i++;
    // More than two digits are beyond the exact powers, or begin with zeros.
    if (i === end || end - i > 2) return undefined;
    let exponent = 0;
    for (; i < end; i++) {
      const digit = bytes[i]! - 0x30;
      if (!(digit >= 0 && digit <= 9)) return undefined;
      exponent = exponent * 10 + digit;
    }
    power += minus ? -exponent : exponent;
  }
  if (power < 0) {
    if (power < -LARGEST_POWER) return undefined;
    value /= POWERS_OF_TEN[-power]!;
  } else if (power > 0) {
    if (power > LARGEST_POWER) return undefined;
    value *= POWERS_OF_TEN[power]!;
  }
  return negative ? -value : value;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  const shown = bytes.subarray(start, Math.min(end, start + LONGEST + 1));
  // Spreading them would cost ten times as much.
  const text: string = Reflect.apply(String.fromCharCode, undefined, shown);
  return text;
}

/** Longest text read as a number, in bytes: digits past the first 800 or so change nothing. */
const LONGEST = 4096;

function parseText(text: string): number | undefined {
  if (text.length > LONGEST) return undefined;
  if (DECIMAL.test(text)) {
    const value = Number(text);
    const lost = value === 0 && /[1-9]/.test(text.replace(/e.*/i, ""));
    return lost || !Number.isFinite(value) ? undefined : value;
  }
  const infinite = INFINITE.exec(text);
  if (infinite === null) return undefined;
  return infinite[1] === "-" ? -Infinity : Infinity;
}
