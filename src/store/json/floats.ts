/** Arrays of fractions in a precision that FPHA asks for, as of Redis 8.8. */

import { CommandError } from "../values/errors.ts";
import {
  asDouble,
  doubleValue,
  isContainer,
  isInteger,
  isNumber,
  JsonArray,
  type JsonValue,
} from "./values.ts";

/** A precision: its name in errors, and how a number is rounded to it, to infinity beyond its range. */
export interface Precision {
  readonly name: string;
  round(value: number): number;
}

const room = new DataView(new ArrayBuffer(4));

/** Rounds to the nearest number of 8 bits, that of an even last bit where two are as near. */
function roundToBfloat(value: number): number {
  room.setFloat32(0, value);
  const bits = room.getUint32(0);
  room.setUint32(0, (bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
  return room.getFloat32(0);
}

/** Rounds to 11 bits and down to 2^-24. */
function roundToHalf(value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude === 0) return value;
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14);
  const unit = 2 ** (exponent - 10);
  const quotient = magnitude / unit;
  const floor = Math.floor(quotient), rest = quotient - floor;
  const rounded = (rest > 0.5 || rest === 0.5 && floor % 2 === 1 ? floor + 1 : floor) * unit;
  return Math.sign(value) * (rounded > 65504 ? Infinity : rounded);
}

const PRECISIONS: Readonly<Record<string, Precision | undefined>> = {
  FP16: { name: "F16", round: roundToHalf },
  BF16: { name: "BF16", round: roundToBfloat },
  FP32: { name: "F32", round: Math.fround },
  FP64: { name: "F64", round: (value) => value },
};

/** The precision of a name, in any case; undefined if there is none. */
export function precisionOf(name: string): Precision | undefined {
  const upper = name.toUpperCase();
  return Object.hasOwn(PRECISIONS, upper) ? PRECISIONS[upper] : undefined;
}

/**
 * Has all arrays of numbers with a fraction among them hold numbers of a precision, by their shortest digits.
 *
 * @throws {CommandError} If one is out of its range.
 */
export function holdInPrecision(value: JsonValue, precision: Precision): void {
  if (!isContainer(value)) return;
  const { items } = value;
  const numbers = items.filter(isNumber);
  const isFractional = value instanceof JsonArray && numbers.length === items.length &&
    numbers.some((number) => !isInteger(number));
  if (!isFractional) {
    for (const item of items) holdInPrecision(item, precision);
    return;
  }
  for (const [i, number] of numbers.entries()) {
    const rounded = precision.round(asDouble(number));
    if (!Number.isFinite(rounded)) {
      throw new CommandError(`value out of range for ${precision.name}`);
    }
    items[i] = doubleValue(shortest(rounded, precision));
  }
}

/** The number of the fewest digits that stands for a rounded one. */
function shortest(rounded: number, { round }: Precision): number {
  for (let digits = 1; digits < 17; digits++) {
    const candidate = Number(rounded.toPrecision(digits));
    if (round(candidate) === rounded) return candidate;
  }
  return rounded;
}
