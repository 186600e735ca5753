/** FT.CONFIG: the settings of search, of one process. */

/** What queries are bounded by, and how. */
export class SearchSettings {
  /** Milliseconds a query may take, 0 for as long as it likes. */
  timeoutMs = 500;
  /** What becomes of a query that takes longer: what it found, or an error. */
  onTimeout: "return" | "fail" = "return";
  /** Shortest text of which words may be asked for that begin with it, in bytes. */
  minPrefix = 2;
  /** Words that a part of a word stands for at most. */
  maxExpansions = 200;
  /** Results that a query may have at most. */
  maxResults = 1_000_000;
  /** The dialect of queries that name none. */
  defaultDialect: 1 | 2 | 3 | 4 = 1;
  /** Milliseconds without a reader after which a cursor goes, at most. */
  cursorMaxIdleMs = 300_000;
}
