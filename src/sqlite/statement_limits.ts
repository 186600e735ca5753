/**
 * Bounds on what a statement may be made of, SQLite's own: https://www.sqlite.org/limits.html
 *
 * @module
 */

/** Limits by what they count; in the order of the numbers that `sqlite3_limit` knows them by. */
export const LIMIT_NAMES = [
  "length",
  "sqlLength",
  "column",
  "exprDepth",
  "compoundSelect",
  "vdbeOp",
  "functionArg",
  "attach",
  "likePatternLength",
  "variableNumber",
  "triggerDepth",
] as const;

/** A limit's name. */
export type LimitName = typeof LIMIT_NAMES[number];

/** Limits for the statements of one connection. */
export type StatementLimits = Readonly<Record<LimitName, number>>;
