/**
 * Numbers and big integers as V8's serializer writes values for Deno: 0xff, a version, a letter for
 * the type, and the value.
 *
 * @module
 */

import { hexOf } from "../values/hexadecimal.ts";

const HEADER = 0xff, VERSION = 15;
const INT32 = 0x49, UINT32 = 0x55, DOUBLE = 0x4e, BIGINT = 0x5a;

/** Reads one. @returns Undefined if the bytes are a value of another type, or none. */
export function readV8Number(bytes: Uint8Array): number | bigint | undefined {
  const version = bytes[0] === HEADER ? varintAt(bytes, 1) : undefined;
  if (version === undefined) return undefined;
  const at = version.end + 1;
  switch (bytes[version.end]) {
    case INT32: {
      const zigzag = varintAt(bytes, at)?.value;
      if (zigzag === undefined) return undefined;
      return Number(zigzag & 1n ? -(zigzag >> 1n) - 1n : zigzag >> 1n);
    }
    case UINT32: {
      const value = varintAt(bytes, at)?.value;
      return value === undefined ? undefined : Number(value);
    }
    case DOUBLE:
      return at + 8 > bytes.length ? undefined : viewOf(bytes).getFloat64(at, true);
    case BIGINT:
      return bigintAt(bytes, at);
    default:
      return undefined;
  }
}

/** Writes one. */
export function writeV8Number(value: number | bigint): Uint8Array {
  if (typeof value === "number") {
    const bytes = new Uint8Array([HEADER, VERSION, DOUBLE, 0, 0, 0, 0, 0, 0, 0, 0]);
    viewOf(bytes).setFloat64(3, value, true);
    return bytes;
  }
  const digits: number[] = [];
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 8n) {
    digits.push(Number(rest & 0xffn));
  }
  // The digits are whole words of 64 bits; their length and the sign are one number.
  while (digits.length % 8 !== 0) digits.push(0);
  const bytes = [HEADER, VERSION, BIGINT];
  let field = digits.length << 1 | (value < 0n ? 1 : 0);
  for (; field >= 0x80; field >>>= 7) bytes.push(field & 0x7f | 0x80);
  bytes.push(field);
  const whole = new Uint8Array(bytes.length + digits.length);
  whole.set(bytes);
  whole.set(digits, bytes.length);
  return whole;
}

function bigintAt(bytes: Uint8Array, at: number): bigint | undefined {
  const field = varintAt(bytes, at);
  if (field === undefined) return undefined;
  const length = Number(field.value >> 1n);
  if (field.end + length > bytes.length) return undefined;
  const digits = bytes.slice(field.end, field.end + length).reverse();
  const magnitude = length === 0 ? 0n : BigInt(`0x${hexOf(digits)}`);
  return field.value & 1n ? -magnitude : magnitude;
}

function varintAt(
  bytes: Uint8Array,
  at: number,
): { readonly value: bigint; readonly end: number } | undefined {
  let value = 0n;
  for (let i = at, shift = 0n; i < bytes.length && shift < 64n; i++, shift += 7n) {
    const byte = bytes[i]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value, end: i + 1 };
  }
  return undefined;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength);
