/**
 * Sorts the nodes of a t-digest by their means. Of equal ones the order decides what they are merged
 * with, so it is that of RedisBloom's quicksort, as long as that cannot take long.
 */

/** Nodes up to which it is RedisBloom's order: with equal means its quicksort takes the square of them. */
const SAME_ORDER = 4096;

/** Sorts the first `count` nodes. */
export function sortNodes(means: Float64Array, weights: Float64Array, count: number): void {
  if (count <= SAME_ORDER) quicksort(means, weights, count);
  else stableSort(means, weights, count);
}

function stableSort(means: Float64Array, weights: Float64Array, count: number): void {
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => means[a]! - means[b]!);
  const sorted = Float64Array.from(order, (i) => means[i]!);
  const moved = Float64Array.from(order, (i) => weights[i]!);
  means.set(sorted);
  weights.set(moved);
}

function quicksort(means: Float64Array, weights: Float64Array, count: number): void {
  const swap = (i: number, j: number) => {
    const mean = means[i]!, weight = weights[i]!;
    means[i] = means[j]!;
    weights[i] = weights[j]!;
    means[j] = mean;
    weights[j] = weight;
  };
  const ranges = [0, count - 1];
  while (ranges.length > 0) {
    const end = ranges.pop()!, start = ranges.pop()!;
    if (start >= end) continue;
    if (end - start === 1) {
      if (means[start]! > means[end]!) swap(start, end);
      continue;
    }
    const middle = Math.floor((start + end) / 2);
    const pivot = means[middle]!;
    swap(middle, end);
    let less = start;
    for (let i = start; i < end; i++) if (means[i]! < pivot) swap(less++, i);
    swap(less, end);
    ranges.push(start, less - 1, less + 1, end);
  }
}
