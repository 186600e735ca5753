/** Texts of documents and queries as numbers and points. */

/** C's `strtod`, of a whole text: decimal or hexadecimal digits, or an infinity. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;

/** The number that a text is as a whole; undefined if it is none. */
export function parseDouble(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  return parseHexadecimal(text);
}

/** The number that hexadecimal digits are; undefined if there is anything else. */
export function parseHexadecimal(text: string): number | undefined {
  const hexadecimal = HEXADECIMAL.exec(text);
  if (hexadecimal === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = hexadecimal;
  if (whole + fraction === "") return undefined;
  const digits = parseInt(whole + fraction, 16);
  const value = digits * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}

/** A point of the earth, in degrees. */
export interface Point {
  readonly longitude: number;
  readonly latitude: number;
}

/** The point that a text of longitude and latitude names, or why it names none. */
export function parsePoint(text: string): Point | string {
  const [first, second] = /^([^, ]+)[, ](.+)$/.exec(text)?.slice(1) ?? [];
  const longitude = parseDouble(first ?? ""), latitude = parseDouble((second ?? "").trim());
  if (longitude === undefined || latitude === undefined) return "Invalid geo string";
  if (Math.abs(longitude) > 180 || Math.abs(latitude) > 85.05112878) {
    return `Invalid geo coordinates: ${longitude.toFixed(6)}, ${latitude.toFixed(6)}`;
  }
  return { longitude, latitude };
}
