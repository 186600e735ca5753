/** Scores in SQLite: -0 is 0 with a mark beside it, for an integer's sign is all SQLite keeps. */

import type { Statement } from "../../sqlite/sqlite.ts";
import type { Slice } from "../values/slice.ts";

/** Binds a score, and the mark as the parameter after it. */
export function bindScore(statement: Statement, index: number, score: number): void {
  statement.bindReal(index, score === 0 ? 0 : score);
  if (score === 0 && 1 / score < 0) statement.bindInteger(index + 1, 1);
  else statement.bindNull(index + 1);
}

/** Reads the score of a column, and its mark from the column after it. */
export function scoreAt(statement: Statement, column: number): number {
  const score = statement.columnNumber(column);
  return score === 0 && !statement.columnIsNull(column + 1) ? -0 : score;
}

const held = new Float64Array(1);
const heldBytes = new Uint8Array(held.buffer);

/** The score that bytes in memory hold. */
export function heldScore(bytes: Slice): number {
  bytes.copyInto(heldBytes, 0);
  return held[0]!;
}

const float = new Float64Array(1);
const bits = new BigInt64Array(float.buffer);

/** The least double above a number, which is not infinity or NaN: the bits count up from zero. */
export function nextUp(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  float[0] = value;
  bits[0]! += value > 0 ? 1n : -1n;
  return float[0];
}
