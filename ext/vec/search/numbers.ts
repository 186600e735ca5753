/** The types of numbers that vectors of search fields are made of, and exact distances between them. */

import type { VectorMetric, VectorType } from "../../../src/search/vector_index.ts";
import { VECTOR_TYPE_SIZE } from "../../../src/search/vector_index.ts";

type Read = (view: DataView, at: number) => number;

/** How a number is read from its bytes. */
const READ: Readonly<Record<VectorType, Read>> = {
  FLOAT16: (view, at) => half(view.getUint16(at, true)),
  FLOAT32: (view, at) => view.getFloat32(at, true),
  FLOAT64: (view, at) => view.getFloat64(at, true),
  BFLOAT16: (view, at) => {
    // It is the upper half of a number of 32 bits.
    bits.setUint32(0, view.getUint16(at, true) << 16);
    return bits.getFloat32(0);
  },
  INT8: (view, at) => view.getInt8(at),
  UINT8: (view, at) => view.getUint8(at),
};

const bits = new DataView(new ArrayBuffer(4));

/** The number that a half precision number's bits are. */
function half(value: number): number {
  const sign = value & 0x8000 ? -1 : 1;
  const exponent = value >> 10 & 31;
  const fraction = value & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Reads a vector. */
export function readNumbers(
  bytes: Uint8Array,
  type: VectorType,
  into: Float64Array | Float32Array,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = READ[type];
  const size = VECTOR_TYPE_SIZE[type];
  for (let i = 0; i < into.length; i++) into[i] = read(view, i * size);
}

/** How far two vectors are from each other, as a number of the precision of theirs. */
export function exactDistance(
  a: Float64Array,
  b: Float64Array,
  metric: VectorMetric,
  type: VectorType,
): number {
  const distance = distanceOf(a, b, metric);
  return type === "FLOAT64" ? distance : Math.fround(distance);
}

function distanceOf(a: Float64Array, b: Float64Array, metric: VectorMetric): number {
  if (metric === "L2") {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
    return sum;
  }
  let dot = 0, squareOfA = 0, squareOfB = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    squareOfA += a[i]! * a[i]!;
    squareOfB += b[i]! * b[i]!;
  }
  if (metric === "IP") return 1 - dot;
  const lengths = Math.sqrt(squareOfA) * Math.sqrt(squareOfB);
  return lengths === 0 ? 1 : 1 - dot / lengths;
}
