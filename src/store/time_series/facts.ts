/**
 * What stands in the row of a series' key: its settings, what is known of it as a whole, its rules,
 * and the end of its last chunk, so that a sample that is added writes this one row.
 *
 * All numbers are little-endian. 128 bytes are of fixed places, then come the rules, of 112 bytes
 * each, and then what of the last chunk's bytes is in no row of `ts_chunks`: those from `offset` on.
 *
 * | at  | what                                          | at  | what                                  |
 * | --- | --------------------------------------------- | --- | ------------------------------------- |
 * | 0   | format, 0                                     | 56  | source's id, 0 for none               |
 * | 1   | 1 if compressed                               | 64  | bytes that all chunks but the last count |
 * | 2   | duplicate policy                              | 72  | bytes that the last chunk counts      |
 * | 3   | leading zeros of the last window, 4: trailing | 76  | its samples                           |
 * | 5   | 1 if the last chunk has a row                 | 80  | its bits                              |
 * | 6   | rules                                         | 84  | its bytes in its row                  |
 * | 8   | retention, ms                                 | 88  | its first value, 96: its first time   |
 * | 16  | bytes of a chunk, 20: chunks                  | 104 | its last time, 112: last difference   |
 * | 24  | IGNORE's time, 32: value                      | 120 | its last value                        |
 * | 40  | the last sample's time, 48: value             |     |                                       |
 *
 * A rule is its destination's id, the bucket's duration, its alignment, where the bucket that is
 * open begins (-1: none yet), the aggregator's number, and the numbers that it keeps.
 *
 * @module
 */

import { KEPT_NUMBERS } from "./aggregators.ts";

/** Places that views read, too. */
export const AT = {
  COMPRESSED: 1,
  POLICY: 2,
  LEADING: 3,
  TRAILING: 4,
  HAS_ROW: 5,
  RULES: 6,
  RETENTION: 8,
  CHUNK_SIZE: 16,
  CHUNKS: 20,
  IGNORED_TIME: 24,
  IGNORED_VALUE: 32,
  LAST_TIME: 40,
  LAST_VALUE: 48,
  SOURCE: 56,
  CLOSED_BYTES: 64,
  SIZE: 72,
  COUNT: 76,
  BITS: 80,
  OFFSET: 84,
  BASE: 88,
  FIRST: 96,
  LAST: 104,
  DELTA: 112,
  VALUE: 120,
} as const;
/** Bytes before the rules. */
export const FIXED_BYTES = 128;
/** Bytes of a rule. */
export const RULE_BYTES: number = 8 * (4 + 1 + KEPT_NUMBERS);

/** What happens to a sample of a time that is there. The numbers are RedisTimeSeries's. */
export const POLICY = { NONE: 0, BLOCK: 1, LAST: 2, FIRST: 3, MIN: 4, MAX: 5, SUM: 6 } as const;
/** Their names by number. */
export const POLICIES = ["none", "block", "last", "first", "min", "max", "sum"] as const;
