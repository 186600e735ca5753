/** Cutting a list of vectors in two, so that those of each half are near each other. */

/** Rounds of moving both centres to the middle of what is nearest to them. */
const ROUNDS = 6;
/** Share of the vectors that the smaller half has at least. */
const SMALLEST_SHARE = 1 / 8;

/** Two halves of a list. */
export interface Halves {
  /** Which half each vector is of: 0 or 1. */
  readonly half: Uint8Array;
  /** The middle of each. */
  readonly centroids: readonly [Float32Array, Float32Array];
}

/**
 * Cuts vectors in two by k-means.
 *
 * @param vectors All of them, one after another.
 * @param count At least 2.
 */
export function halve(vectors: Float32Array, count: number, dim: number): Halves {
  const half = new Uint8Array(count);
  const lean = new Float64Array(count);
  const row = (index: number) => vectors.subarray(index * dim, (index + 1) * dim);
  const far = farthest(vectors, count, dim, row(0));
  let centroids: [Float32Array, Float32Array] = [
    row(far).slice(),
    row(farthest(vectors, count, dim, row(far))).slice(),
  ];
  for (let round = 0; round < ROUNDS; round++) {
    const ones = assign(vectors, count, dim, centroids, lean, half);
    const smallest = Math.max(1, Math.floor(count * SMALLEST_SHARE));
    const lopsided = ones < smallest || count - ones < smallest;
    if (lopsided) cutAtMedian(lean, half);
    const middle = middles(vectors, count, dim, half);
    const still = round > 0 && same(middle[0], centroids[0]) && same(middle[1], centroids[1]);
    centroids = middle;
    if (still || lopsided && round === ROUNDS - 1) break;
  }
  return { half, centroids };
}

function farthest(vectors: Float32Array, count: number, dim: number, from: Float32Array): number {
  let best = 0, most = -1;
  for (let i = 0; i < count; i++) {
    let distance = 0;
    const start = i * dim;
    for (let j = 0; j < dim; j++) {
      const difference = vectors[start + j]! - from[j]!;
      distance += difference * difference;
    }
    if (distance > most) {
      most = distance;
      best = i;
    }
  }
  return best;
}

/** Puts each vector to the nearer centre. @returns How many are in half 1. */
function assign(
  vectors: Float32Array,
  count: number,
  dim: number,
  [zero, one]: readonly [Float32Array, Float32Array],
  lean: Float64Array,
  half: Uint8Array,
): number {
  const axis = new Float32Array(dim);
  let middle = 0;
  for (let j = 0; j < dim; j++) {
    axis[j] = one[j]! - zero[j]!;
    middle += (one[j]! * one[j]! - zero[j]! * zero[j]!) / 2;
  }
  let ones = 0;
  for (let i = 0; i < count; i++) {
    let dot = 0;
    const start = i * dim;
    for (let j = 0; j < dim; j++) dot += vectors[start + j]! * axis[j]!;
    lean[i] = dot - middle;
    half[i] = dot > middle ? 1 : 0;
    ones += half[i]!;
  }
  return ones;
}

/** Makes both halves as large: alike vectors cannot be told apart, but lists must stay short. */
function cutAtMedian(lean: Float64Array, half: Uint8Array): void {
  const order = Uint32Array.from(lean.keys()).sort((a, b) => lean[a]! - lean[b]!);
  for (let i = 0; i < order.length; i++) half[order[i]!] = i < order.length / 2 ? 0 : 1;
}

function middles(
  vectors: Float32Array,
  count: number,
  dim: number,
  half: Uint8Array,
): [Float32Array, Float32Array] {
  const sums = [new Float64Array(dim), new Float64Array(dim)] as const;
  const counts = [0, 0];
  for (let i = 0; i < count; i++) {
    const which = half[i]! as 0 | 1;
    const sum = sums[which];
    counts[which]!++;
    const start = i * dim;
    for (let j = 0; j < dim; j++) sum[j]! += vectors[start + j]!;
  }
  return [
    Float32Array.from(sums[0], (value) => value / counts[0]!),
    Float32Array.from(sums[1], (value) => value / counts[1]!),
  ];
}

function same(a: Float32Array, b: Float32Array): boolean {
  return a.every((value, i) => value === b[i]);
}
