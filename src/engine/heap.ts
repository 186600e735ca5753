/** The heap of JavaScript: V8 ends the process when its old generation is full. */

import { getHeapStatistics } from "node:v8";

/** What V8's limit counts for the young generation: three semi-spaces of 32 MB. */
const YOUNG_GENERATION = 96 * 1024 * 1024;

/** The size of the heap and its limit, in bytes. */
export interface Heap {
  /** What is in use, garbage that is not collected yet included. */
  readonly used: number;
  /** What the old generation may take. */
  readonly limit: number;
}

/** The heap of this process. Costs a microsecond. */
export function heapOfProcess(): Heap {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return { used, limit: Math.max(limit - YOUNG_GENERATION, limit / 4) };
}
