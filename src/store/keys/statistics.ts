/** Counters of lookups, for INFO. */
export interface KeyspaceStatistics {
  /** Reads that found their key. */
  hits: number;
  /** Reads that did not. */
  misses: number;
  /** Keys deleted to make room. */
  evicted: number;
  /** Keys deleted because their time was over. */
  expired: number;
  /** Fields of hashes deleted because their time was over. */
  expiredFields: number;
}

/** Those of a store that was opened just now. */
export function noStatistics(): KeyspaceStatistics {
  return { hits: 0, misses: 0, evicted: 0, expired: 0, expiredFields: 0 };
}
