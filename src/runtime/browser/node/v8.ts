/** What is used of `node:v8`. */

import { pageMemory } from "./process.ts";

/** The heap, as far as the browser tells. */
export function getHeapStatistics(): Record<
  | "used_heap_size"
  | "total_heap_size"
  | "total_physical_size"
  | "external_memory"
  | "heap_size_limit",
  number
> {
  const { usedJSHeapSize: used, jsHeapSizeLimit: limit } = pageMemory();
  return {
    used_heap_size: used,
    total_heap_size: used,
    total_physical_size: used,
    external_memory: 0,
    heap_size_limit: limit,
  };
}
