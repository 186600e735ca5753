/**
 * Comparisons in paths. Numbers compare as numbers, texts by their code points, and what is of two
 * kinds is neither less nor more, and not the same.
 *
 * @module
 */

import { asDouble, isContainer, isInteger, isNumber, isSame, type JsonValue } from "../values.ts";
import { matchesPattern } from "./patterns.ts";
import type { Operator } from "./syntax.ts";

/** Whether a comparison holds. @param paths Whether both sides are paths. */
export function compare(
  a: JsonValue | undefined,
  operator: Operator,
  b: JsonValue | undefined,
  paths: boolean,
): boolean {
  if (operator === "=~") {
    return typeof a === "string" && typeof b === "string" && matchesPattern(b, a);
  }
  if (operator === "==" || operator === "!=") {
    return isEqual(a, b, paths) === (operator === "==");
  }
  const order = orderOf(a, b);
  if (order === undefined) return false;
  switch (operator) {
    case ">=":
      return order >= 0;
    case ">":
      return order > 0;
    case "<=":
      return order <= 0;
    case "<":
      return order < 0;
  }
}

function isEqual(a: JsonValue | undefined, b: JsonValue | undefined, paths: boolean): boolean {
  if (a === undefined || b === undefined) return false;
  return paths ? isSame(a, b, false) : orderOf(a, b) === 0;
}

function orderOf(a: JsonValue | undefined, b: JsonValue | undefined): number | undefined {
  if (a === undefined || b === undefined || isContainer(a) || isContainer(b)) return undefined;
  if (isNumber(a)) {
    if (!isNumber(b)) return undefined;
    const left = isInteger(a) && isInteger(b) ? a : asDouble(a);
    const right = isInteger(a) && isInteger(b) ? b : asDouble(b);
    return left > right ? 1 : left < right ? -1 : 0;
  }
  if (typeof a === "string") return typeof b === "string" ? orderOfTexts(a, b) : undefined;
  if (typeof a === "boolean") return typeof b === "boolean" ? Number(a) - Number(b) : undefined;
  return a === b ? 0 : undefined;
}

/** By code points, which is the order of the bytes: half a pair stands before what is above it. */
export function orderOfTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x === y) continue;
    const highX = x >= 0xd800 && x <= 0xdfff, highY = y >= 0xd800 && y <= 0xdfff;
    return highX === highY ? x - y : highX ? 1 : -1;
  }
  return a.length - b.length;
}
