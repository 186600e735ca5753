/**
 * The quicksort by which Redis sorts what COUNT leaves a part of: the parts of the array that
 * nobody asks for stay unsorted. It is not stable, and clients see the order of what compares as
 * equal; so pivots, swaps and their order are those of Bentley and McIlroy's function, whose
 * descendant Redis has.
 *
 * @module
 */

/** Below 0 if the first comes before the second, 0 if they are equal. */
export type Comparison = (a: number, b: number) => number;

/**
 * Sorts so much of an array that its first `count` items are the least, in order.
 *
 * @param items Places in some list, that the comparison knows.
 */
export function partialSort(items: Uint32Array, count: number, compare: Comparison): void {
  sortPart(items, 0, items.length, count, compare);
}

/** Arrays up to this length are sorted by insertion, and of those over the other the pivot is a median of nine. */
const FEW = 7, MANY = 40;

function sortPart(
  items: Uint32Array,
  start: number,
  end: number,
  count: number,
  compare: Comparison,
): void {
  while (end - start >= FEW) {
    swap(items, start, pivotOf(items, start, end, compare));
    // Equal to the pivot: [start, equalLow) and (equalHigh, end). Less: [equalLow, low). Greater: (high, equalHigh].
    let equalLow = start + 1, low = equalLow, high = end - 1, equalHigh = high;
    for (;;) {
      for (let order; low <= high && (order = at(items, low, start, compare)) <= 0; low++) {
        if (order === 0) swap(items, equalLow++, low);
      }
      for (let order; low <= high && (order = at(items, high, start, compare)) >= 0; high--) {
        if (order === 0) swap(items, high, equalHigh--);
      }
      if (low > high) break;
      swap(items, low++, high--);
    }
    const less = low - equalLow, greater = equalHigh - high;
    swapRuns(items, start, low, Math.min(equalLow - start, less));
    swapRuns(items, low, end, Math.min(greater, end - equalHigh - 1));
    if (less > 1) sortPart(items, start, start + less, count, compare);
    if (greater <= 1 || end - greater >= count) return;
    start = end - greater;
  }
  for (let i = start + 1; i < end; i++) {
    for (let j = i; j > start && at(items, j - 1, j, compare) > 0; j--) swap(items, j, j - 1);
  }
}

function at(items: Uint32Array, a: number, b: number, compare: Comparison): number {
  return compare(items[a]!, items[b]!);
}

function pivotOf(items: Uint32Array, start: number, end: number, compare: Comparison): number {
  const size = end - start;
  let low = start, middle = start + (size >> 1), high = end - 1;
  if (size === FEW) return middle;
  if (size > MANY) {
    const step = size >> 3;
    low = median(items, low, low + step, low + 2 * step, compare);
    middle = median(items, middle - step, middle, middle + step, compare);
    high = median(items, high - 2 * step, high - step, high, compare);
  }
  return median(items, low, middle, high, compare);
}

function median(items: Uint32Array, a: number, b: number, c: number, compare: Comparison): number {
  if (at(items, a, b, compare) < 0) {
    if (at(items, b, c, compare) < 0) return b;
    return at(items, a, c, compare) < 0 ? c : a;
  }
  if (at(items, b, c, compare) > 0) return b;
  return at(items, a, c, compare) < 0 ? a : c;
}

function swap(items: Uint32Array, a: number, b: number): void {
  const item = items[a]!;
  items[a] = items[b]!;
  items[b] = item;
}

/** Swaps the items from `start` on with as many before `end`. */
function swapRuns(items: Uint32Array, start: number, end: number, length: number): void {
  for (let i = 0; i < length; i++) swap(items, start + i, end - length + i);
}
