/** Scores of sorted sets as text, the way ziplists, listpacks and old payloads keep them. */

import { parseInt64 } from "../values/integers.ts";
import type { Slice } from "../values/slice.ts";

/** Redis reads no more of a packed score than this. */
const LONGEST = 128;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;

/** Integers within this distance from zero are written without a decimal point or an exponent. */
const GREATEST_INTEGER = 2 ** 62;

/**
 * Reads a score.
 *
 * @returns The score, undefined if it is not a number.
 */
export function parseScore(text: Slice): number | undefined {
  const { bytes, start, end } = text;
  const integer = parseInt64(bytes, start, end);
  if (integer !== undefined) return Number(integer);
  if (end - start > LONGEST) return undefined;
  const characters = text.latin1();
  if (DECIMAL.test(characters)) return Number(characters);
  const infinite = INFINITE.exec(characters);
  if (infinite === null) return undefined;
  return infinite[1] === "-" ? -Infinity : Infinity;
}

/** Writes a score as Redis 7.0 does: integers in digits, others as C's `%.17g`. */
export function formatScore(score: number): string {
  if (score === Infinity) return "inf";
  if (score === -Infinity) return "-inf";
  // Zero's sign gets lost here in Redis too.
  if (Number.isInteger(score) && Math.abs(score) <= GREATEST_INTEGER) {
    return (score + 0).toFixed(0);
  }
  const [digits = "", exponentText] = score.toExponential(16).split("e");
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 17) return withoutTrailingZeros(score.toPrecision(17));
  const sign = exponent < 0 ? "-" : "+";
  const magnitude = String(Math.abs(exponent)).padStart(2, "0");
  return `${withoutTrailingZeros(digits)}e${sign}${magnitude}`;
}

function withoutTrailingZeros(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}
