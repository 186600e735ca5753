/**
 * The memory layout that Redis would give an array, for ARINFO: slices of 4096 indexes, sparse with
 * few elements and dense with many, in a directory or, with an index from 2^23 on, in blocks of
 * 2048 slices. What Redis has also depends on the order of the writes; told here is what it has
 * after one pass over the elements. No element of ours is stored like that.
 *
 * @module
 */

import type { ArrayIndex } from "./index.ts";
import type { Arrays } from "./arrays.ts";
import type { Collection } from "../collections/collection.ts";
import { narrow } from "../values/integers.ts";

/** Indexes in a slice. */
export const SLICE_SIZE = 4096;
const SLICES_PER_BLOCK = 2048;
/** Elements from which on a slice is dense. */
const DENSE_FROM = 11;
/** Places of a sparse slice, as it grows. */
const SPARSE_SIZES = [4, 8, 10];
/** Places of the smallest dense slice. */
const LEAST_DENSE = 8;
/** Entries of the smallest directory of blocks. */
const LEAST_BLOCKS = 4;

/** What ARINFO tells of the slices. */
export interface ArrayLayout {
  /** Slices that have elements. */
  slices: number;
  /** Entries there is room for in the directory. */
  directorySize: number;
  /** Blocks of slices; 0 with a plain directory. */
  blocks: number;
  /** Dense slices, their places and their elements; 0 unless asked for. */
  dense: { slices: number; places: number; elements: number };
  /** Sparse slices and their places; 0 unless asked for. */
  sparse: { slices: number; places: number };
}

/**
 * Tells how Redis would lay out an array.
 *
 * @param full Look at every element, for what depends on how full the slices are.
 */
export function arrayLayout(arrays: Arrays, c: Collection, full: boolean): ArrayLayout {
  const layout: ArrayLayout = {
    slices: 0,
    directorySize: 0,
    blocks: 0,
    dense: { slices: 0, places: 0, elements: 0 },
    sparse: { slices: 0, places: 0 },
  };
  let slice = -1;
  let block = -1;
  let elements = 0;
  let first = 0;
  let last = 0;
  const endSlice = () => {
    if (elements > 0) addSlice(layout, elements, last - first + 1);
  };
  const add = (index: ArrayIndex) => {
    const next = sliceOf(index);
    const offset = Number(BigInt.asUintN(12, BigInt(index)));
    if (next !== slice) {
      if (full) endSlice();
      slice = next;
      layout.slices++;
      const nextBlock = Math.floor(slice / SLICES_PER_BLOCK);
      if (nextBlock !== block) layout.blocks++;
      block = nextBlock;
      elements = 0;
      first = offset;
    }
    elements++;
    last = offset;
  };
  if (full) {
    arrays.each(c, add);
    endSlice();
  } else {
    let index = arrays.nextIndex(c, 0);
    while (index !== undefined) {
      add(index);
      index = arrays.nextIndex(c, narrow(BigInt(slice + 1) * BigInt(SLICE_SIZE)));
    }
  }
  if (slice < SLICES_PER_BLOCK) {
    layout.blocks = 0;
    layout.directorySize = powerOfTwo(slice + 1);
  } else {
    layout.directorySize = Math.max(LEAST_BLOCKS, powerOfTwo(layout.blocks));
  }
  return layout;
}

function addSlice({ dense, sparse }: ArrayLayout, elements: number, reach: number): void {
  if (elements >= DENSE_FROM) {
    dense.slices++;
    dense.places += Math.max(LEAST_DENSE, powerOfTwo(reach));
    dense.elements += elements;
  } else {
    sparse.slices++;
    sparse.places += SPARSE_SIZES.find((size) => size >= elements) ?? elements;
  }
}

/** The slice that an index is in: below 2^52. */
function sliceOf(index: ArrayIndex): number {
  return typeof index === "number" ? Math.floor(index / SLICE_SIZE) : Number(index >> 12n);
}

/** The least power of two that is not below a number. */
function powerOfTwo(atLeast: number): number {
  let power = 1;
  while (power < atLeast) power *= 2;
  return power;
}
