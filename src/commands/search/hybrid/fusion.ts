/**
 * COMBINE of FT.HYBRID: how the lists of both queries become one.
 *
 * @module
 */

import type { Fusion } from "../../../search/hybrid.ts";
import type { SearchSettings } from "../../../search/settings.ts";
import { CommandError } from "../../../store/values/errors.ts";
import type { ArgumentCursor } from "../argument_cursor.ts";
import { refusal } from "../module_arguments.ts";

const DEFAULT_WINDOW = 20;
const DEFAULT_CONSTANT = 60;
const GREATEST_CONSTANT = 100_000;
const DEFAULT_WEIGHTS = { alpha: 0.3, beta: 0.7 };

/** What COMBINE says. */
export interface Combination {
  readonly fusion: Fusion;
  /** The name of the fused score. */
  readonly scoreAs: string | undefined;
}

/** What holds without it. */
export function defaultFusion({ maxResults }: SearchSettings): Combination {
  const window = Math.min(DEFAULT_WINDOW, maxResults);
  return { fusion: { kind: "rrf", constant: DEFAULT_CONSTANT, window }, scoreAs: undefined };
}

/** What follows a name. @throws {CommandError} Without it. */
export function valueOf(cursor: ArgumentCursor, name: string): string {
  const value = cursor.text();
  if (value === undefined) throw new CommandError(`Missing argument value for ${name}`);
  return value;
}

/** So many arguments. @throws {CommandError} If there are fewer. */
export function sliceOf(cursor: ArgumentCursor, clause: string, count: number): ArgumentCursor {
  if (count <= cursor.left) return cursor.slice(count);
  throw new CommandError(
    `Not enough arguments in ${clause}, specified ${count} but provided only ${cursor.left}`,
  );
}

/** Reads what follows COMBINE. @throws {CommandError} */
export function readFusion(
  cursor: ArgumentCursor,
  { maxResults }: SearchSettings,
): Combination {
  if (cursor.done) throw new CommandError("COMBINE: Expected an argument, but none provided");
  const kind = cursor.takes("RRF") ? "rrf" : cursor.takes("LINEAR") ? "linear" : undefined;
  if (kind === undefined) throw new CommandError("COMBINE: Invalid value for argument");
  const pairs = countedPairs(cursor, kind.toUpperCase());
  let window = Math.min(DEFAULT_WINDOW, maxResults), constant = DEFAULT_CONSTANT;
  let alpha: number | undefined, beta: number | undefined;
  let scoreAs: string | undefined;
  const seen = new Set<string>();
  while (!pairs.done) {
    const given = pairs.text() ?? "";
    const name = given.toUpperCase();
    if (seen.has(name)) throw refusal(`${name}: Argument specified multiple times`);
    seen.add(name);
    if (name === "WINDOW") window = bounded(name, integerOf(pairs, name), 1, maxResults);
    else if (name === "YIELD_SCORE_AS") scoreAs = pairs.text() ?? "";
    else if (kind === "rrf" && name === "CONSTANT") {
      constant = bounded(name, numberOf(pairs, name), 0, GREATEST_CONSTANT);
    } else if (kind === "linear" && name === "ALPHA") alpha = numberOf(pairs, name);
    else if (kind === "linear" && name === "BETA") beta = numberOf(pairs, name);
    else throw refusal(`${given}: Unknown argument`);
  }
  if ((alpha === undefined) !== (beta === undefined)) {
    throw new CommandError(`Missing value for ${alpha === undefined ? "ALPHA" : "BETA"}`);
  }
  if (cursor.takes("YIELD_SCORE_AS")) {
    if (scoreAs !== undefined) {
      throw new CommandError("YIELD_SCORE_AS specified more than once");
    }
    scoreAs = valueOf(cursor, "YIELD_SCORE_AS");
  }
  const fusion: Fusion = kind === "rrf"
    ? { kind, constant, window }
    : { kind, alpha: alpha ?? DEFAULT_WEIGHTS.alpha, beta: beta ?? DEFAULT_WEIGHTS.beta, window };
  return { fusion, scoreAs };
}

function countedPairs(cursor: ArgumentCursor, clause: string): ArgumentCursor {
  const given = cursor.text();
  if (given === undefined) throw new CommandError(`Missing ${clause} argument count`);
  if (!/^\d+$/.test(given)) {
    throw new CommandError(
      `Invalid ${clause} argument count, error: Could not convert argument to expected type`,
    );
  }
  if (Number(given) % 2 !== 0) {
    throw new CommandError(
      `${clause} expects pairs of key value arguments, argument count must be an even number`,
    );
  }
  return sliceOf(cursor, clause, Number(given));
}

const UNCONVERTED = "Could not convert argument to expected type";

function integerOf(cursor: ArgumentCursor, name: string): number {
  const text = cursor.text() ?? "";
  if (!/^[+-]?\d+$/.test(text)) throw new CommandError(`${name}: ${UNCONVERTED}`);
  return Number(text);
}

function numberOf(cursor: ArgumentCursor, name: string): number {
  const text = cursor.text() ?? "";
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isNaN(value)) throw new CommandError(`${name}: ${UNCONVERTED}`);
  return value;
}

function bounded(name: string, value: number, least: number, most: number): number {
  if (value < least) throw new CommandError(`${name}: Value below minimum`);
  if (value > most) throw new CommandError(`${name}: Value above maximum`);
  return value;
}
