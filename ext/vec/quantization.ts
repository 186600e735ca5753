/**
 * How the vectors of vector sets are kept: their direction, as 32-bit floating-point numbers, as
 * 8-bit ones with one scale a vector, or as signs; and beside it their length. Codes and scores are
 * those of Redis, but for the last bit where its sums are rounded on their way.
 *
 * @module
 */

/** What a vector set keeps of its vectors, by the number that Redis gives it in DUMP. */
export const QUANTIZATION = { NONE: 0, INT8: 1, BINARY: 2 } as const;

/** One of {@linkcode QUANTIZATION}. */
export type Quantization = 0 | 1 | 2;

/** What VINFO and VEMB RAW call it. */
export const QUANTIZATION_NAMES = ["f32", "int8", "bin"] as const;

const { fround, abs } = Math;
/** The largest 8-bit code. */
const LARGEST = 127;

/** A vector as it is kept. */
export interface Coded {
  /** The numbers, the codes or the bits. */
  readonly code: Uint8Array;
  /** Length of the vector that was given. */
  readonly length: number;
  /** The number that the code 127 stands for; 0 but of 8-bit codes. */
  readonly range: number;
}

/** Bytes of the code of a vector. */
export function codeSize(quantization: Quantization, dim: number): number {
  if (quantization === QUANTIZATION.NONE) return 4 * dim;
  return quantization === QUANTIZATION.INT8 ? dim : Math.ceil(dim / 64) * 8;
}

/**
 * Makes a vector one of length 1; one of zeros stays.
 *
 * @returns The length it had; 1 of one of zeros. It may be infinite.
 */
export function normalize(vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  const length = fround(Math.sqrt(sum));
  if (length === 0) return 1;
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / length;
  return length;
}

/** The code of a vector of length 1. */
export function encode(vector: Float32Array, quantization: Quantization): Uint8Array {
  if (quantization === QUANTIZATION.NONE) {
    return new Uint8Array(
      vector.buffer.slice(vector.byteOffset, vector.byteOffset + 4 * vector.length),
    );
  }
  if (quantization === QUANTIZATION.BINARY) return signs(vector);
  const code = new Int8Array(vector.length);
  toInt8(vector, rangeOf(vector), code);
  return new Uint8Array(code.buffer);
}

/** The largest number of a vector, its sign aside: what its 8-bit codes are relative to. */
export function rangeOf(vector: Float32Array): number {
  let range = 0;
  for (let i = 0; i < vector.length; i++) range = Math.max(range, abs(vector[i]!));
  return range;
}

/** The 8-bit codes of numbers. */
export function toInt8(vector: Float32Array, range: number, code: Int8Array): void {
  if (range === 0) {
    code.fill(0);
    return;
  }
  const scale = fround(LARGEST / range);
  for (let i = 0; i < vector.length; i++) {
    const value = fround(vector[i]! * scale);
    // Halves away from zero.
    code[i] = value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5);
  }
}

/** A bit for each number: whether it is above zero. */
function signs(vector: Float32Array): Uint8Array {
  const bits = new Uint8Array(codeSize(QUANTIZATION.BINARY, vector.length));
  for (let i = 0; i < vector.length; i++) {
    if (vector[i]! > 0) bits[i >> 3]! |= 1 << (i & 7);
  }
  return bits;
}

/** The numbers that a code stands for, of a vector of length 1; of signs they are 1 and -1. */
export function decode(
  code: Uint8Array,
  range: number,
  quantization: Quantization,
  into: Float32Array,
): void {
  if (quantization === QUANTIZATION.NONE) {
    new Uint8Array(into.buffer, into.byteOffset, 4 * into.length).set(code);
  } else if (quantization === QUANTIZATION.INT8) {
    for (let i = 0; i < into.length; i++) {
      into[i] = fround((code[i]! << 24 >> 24) * range) / LARGEST;
    }
  } else {
    for (let i = 0; i < into.length; i++) into[i] = (code[i >> 3]! >> (i & 7) & 1) === 1 ? 1 : -1;
  }
}

/** The numbers that a code stands for, such that coding them anew gives the same code and range. */
export function decodeExactly(
  code: Uint8Array,
  range: number,
  quantization: Quantization,
  into: Float32Array,
): void {
  decode(code, range, quantization, into);
  if (quantization !== QUANTIZATION.INT8) return;
  for (let i = 0; i < into.length; i++) {
    if (code[i] === LARGEST) into[i] = range;
    else if (code[i] === 256 - LARGEST) into[i] = -range;
  }
}

/** The numbers of a vector as VEMB tells them: with its length, but of signs. */
export function embedding(
  { code, length, range }: Coded,
  quantization: Quantization,
  dim: number,
): Float32Array {
  const vector = new Float32Array(dim);
  decode(code, range, quantization, vector);
  if (quantization !== QUANTIZATION.BINARY) {
    for (let i = 0; i < dim; i++) vector[i] = vector[i]! * length;
  }
  return vector;
}

/** How far two vectors of length 1 are from each other, by their inner product: from 0 to 2. */
export function cosineDistance(dot: number): number {
  const distance = fround(1 - dot);
  return distance < 0 ? 0 : distance > 2 ? 2 : distance;
}

/** The inner product of two vectors by that of their 8-bit codes. */
export function dotOfCodes(dot: number, range: number, other: number): number {
  return fround(fround(dot * fround(range * other)) / (LARGEST * LARGEST));
}

/** The distance of two vectors of which `bits` signs differ, on the same scale. */
export function binaryDistance(bits: number, dim: number): number {
  return fround(fround(bits * 2) / dim);
}

/**
 * The number of a row and a column in the matrix that REDUCE multiplies by. It is that of Hadamard:
 * all rows have the same length, and any two are at right angles as far as both sizes allow.
 *
 * @param inputDim Columns.
 */
export function projectionAt(row: number, column: number, inputDim: number): number {
  let common = row & column;
  let odd = 0;
  while (common !== 0) {
    odd ^= 1;
    common &= common - 1;
  }
  const value = fround(1 / fround(Math.sqrt(inputDim)));
  return odd === 1 ? -value : value;
}

/** The matrix that REDUCE multiplies by, a row for each dimension that stays. */
export function projection(inputDim: number, dim: number): Float32Array {
  const matrix = new Float32Array(dim * inputDim);
  for (let row = 0; row < dim; row++) {
    for (let column = 0; column < inputDim; column++) {
      matrix[row * inputDim + column] = projectionAt(row, column, inputDim);
    }
  }
  return matrix;
}

/** A vector times a matrix. */
export function project(matrix: Float32Array, vector: Float32Array, dim: number): Float32Array {
  const { length } = vector;
  const result = new Float32Array(dim);
  for (let row = 0; row < dim; row++) {
    let sum = 0;
    for (let i = 0; i < length; i++) {
      sum += vector[i]! * matrix[row * length + i]!;
    }
    result[row] = sum;
  }
  return result;
}
