/** Arguments and replies that several geo commands share. */

import type { Arguments } from "../../src/resp/arguments.ts";
import { parseDouble } from "../../src/resp/double.ts";
import type { Reply } from "../../src/resp/reply.ts";
import { type Unit, UNITS } from "../../src/store/geo/distance.ts";
import { isPlace, type Place } from "../../src/store/geo/geohash.ts";
import { type CommandError, err, notAFloat } from "../../src/store/values/errors.ts";

/** The number at `index`. @throws {CommandError} */
export function numberAt(args: Arguments, index: number, error: () => CommandError): number {
  const { bytes, start, end } = args.at(index);
  const value = parseDouble(bytes, start, end);
  if (value === undefined) throw error();
  return value;
}

/** Reads the place whose longitude is at `index` and whose latitude follows. @throws {CommandError} */
export function readPlace(args: Arguments, index: number, place: Place): void {
  const longitude = numberAt(args, index, notAFloat);
  const latitude = numberAt(args, index + 1, notAFloat);
  if (!isPlace(longitude, latitude)) {
    throw err(`invalid longitude,latitude pair ${sixDecimals(longitude)},${sixDecimals(latitude)}`);
  }
  place.longitude = longitude;
  place.latitude = latitude;
}

/** The same as an object of its own. @throws {CommandError} */
export function placeAt(args: Arguments, index: number): Place {
  const place = { longitude: 0, latitude: 0 };
  readPlace(args, index, place);
  return place;
}

const UNIT_WORDS = (Object.keys(UNITS) as Unit[]).map((unit) =>
  [unit.toUpperCase(), unit] as const
);

/** The metres of the unit at `index`. @throws {CommandError} */
export function unitAt(args: Arguments, index: number): number {
  for (const [word, unit] of UNIT_WORDS) if (args.is(index, word)) return UNITS[unit];
  throw err("unsupported unit provided. please use M, KM, FT, MI");
}

/** The decimals of a distance in a reply, and what they multiply it by. */
const DECIMALS = 4, SCALE = 10 ** DECIMALS;
/** Distances from here on are written by way of a text: none on earth is as long. */
const LONGEST = 2 ** 31;
const ZERO = 0x30, POINT = 0x2e;
/** Where the digits of a distance are put together, from its end. */
const digits = new Uint8Array(16);

/**
 * Writes a distance with four decimals: rounded as an integer of ten thousandths is, to an even one
 * where it is in the middle of two.
 */
export function writeDistance(reply: Reply, distance: number): void {
  const scaled = distance * SCALE;
  let units = Math.floor(scaled);
  const rest = scaled - units;
  if (rest > 0.5 || rest === 0.5 && units % 2 !== 0) units++;
  const whole = Math.floor(units / SCALE);
  if (!(whole < LONGEST)) return reply.text((units / SCALE).toFixed(DECIMALS));
  // Small integers, whose division is one of integers: a text would take ten times as long.
  let left = units - whole * SCALE | 0;
  let at = digits.length;
  for (let i = 0; i < DECIMALS; i++, left = left / 10 | 0) digits[--at] = ZERO + left % 10;
  digits[--at] = POINT;
  left = whole | 0;
  do digits[--at] = ZERO + left % 10; while ((left = left / 10 | 0) > 0);
  reply.bulk(digits, at);
}

/** Writes a place: longitude and latitude. */
export function writePlace(reply: Reply, { longitude, latitude }: Place): void {
  reply.array(2);
  reply.double(longitude);
  reply.double(latitude);
}

/** A number as C's `%f` prints it. */
function sixDecimals(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  if (size >= 2 ** 53) return `${sign}${BigInt(size)}.000000`;
  const rounded = size.toFixed(6);
  // Ties go to the even digit, where toFixed rounds up.
  const isTie = /^\d+\.\d{6}50*$/.test(size.toFixed(100));
  const isOdd = Number(rounded.slice(-1)) % 2 === 1;
  return sign + (isTie && isOdd ? size.toFixed(7).slice(0, -1) : rounded);
}
