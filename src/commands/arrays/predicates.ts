/**
 * The predicates of ARGREP: what an element must be like.
 *
 * @module
 */

import type { Arguments } from "../../resp/arguments.ts";
import { type CommandError, err, syntaxError } from "../../store/values/errors.ts";
import { limitAt } from "./arguments.ts";
import { Glob } from "../../store/values/glob.ts";
import { asciiAt } from "../table/options.ts";
import { RegularExpression } from "./regular_expression.ts";
import { PatternError } from "./regular_expression_syntax.ts";

const MAX_PREDICATES = 250;
const MAX_EXPRESSION = 2048;

/** Whether `bytes[start, end)` is as asked. */
export type Predicate = (bytes: Uint8Array, start: number, end: number) => boolean;

/** What ARGREP looks for. */
export interface ArraySearch {
  /** Whether an element is found. */
  readonly matches: Predicate;
  /** Elements to find at most. */
  readonly limit: number;
  /** Whether to reply with the values too. */
  readonly withValues: boolean;
}

const KINDS = ["EXACT", "MATCH", "GLOB", "RE"] as const;
type Kind = typeof KINDS[number];

/** Reads predicates and options, in any order, from `from` on. @throws {CommandError} */
export function arraySearchAt(args: Arguments, from: number): ArraySearch {
  const found: { kind: Kind; at: number }[] = [];
  let all = false;
  let nocase = false;
  let withValues = false;
  let limit = Infinity;
  for (let i = from; i < args.count; i++) {
    const kind = KINDS.find((word) => args.is(i, word));
    if (kind !== undefined || args.is(i, "LIMIT")) {
      if (++i >= args.count) throw syntaxError();
      if (kind === undefined) {
        limit = limitAt(args, i);
        continue;
      }
      if (found.length === MAX_PREDICATES) {
        throw err(`too many predicates, maximum is ${MAX_PREDICATES}`);
      }
      if (kind === "RE" && args.at(i).length > MAX_EXPRESSION) {
        throw err(`regular expression is too long, maximum is ${MAX_EXPRESSION} bytes`);
      }
      found.push({ kind, at: i });
    } else if (args.is(i, "WITHVALUES")) withValues = true;
    else if (args.is(i, "NOCASE")) nocase = true;
    else if (args.is(i, "AND")) all = true;
    else if (args.is(i, "OR")) all = false;
    else throw syntaxError();
  }
  if (found.length === 0) throw syntaxError();
  const predicates = found.map(({ kind, at }) => predicate(args, kind, at, nocase));
  return { matches: combined(predicates, all), limit, withValues };
}

function combined(predicates: readonly Predicate[], all: boolean): Predicate {
  if (predicates.length === 1) return predicates[0]!;
  return all
    ? (bytes, start, end) => predicates.every((matches) => matches(bytes, start, end))
    : (bytes, start, end) => predicates.some((matches) => matches(bytes, start, end));
}

function predicate(args: Arguments, kind: Kind, at: number, nocase: boolean): Predicate {
  switch (kind) {
    case "EXACT":
      return equalTo(args.at(at).copy(), nocase);
    case "MATCH":
      return containing(args.at(at).copy(), nocase);
    case "GLOB": {
      const glob = new Glob(args.at(at).copy());
      return (bytes, start, end) => glob.matches(bytes, start, end, nocase);
    }
    case "RE": {
      const expression = regularExpression(asciiAt(args, at), nocase);
      return (bytes, start, end) => expression.matches(bytes, start, end);
    }
  }
}

/** @throws {CommandError} */
function regularExpression(pattern: string, nocase: boolean): RegularExpression {
  if (pattern === "") throw err("regular expression is empty");
  let expression: RegularExpression;
  try {
    expression = new RegularExpression(pattern, nocase);
  } catch (error) {
    throw error instanceof PatternError ? invalid(error) : error;
  }
  if (expression.backReferences) {
    throw err("regular expression backreferences are not supported");
  }
  return expression;
}

function invalid({ message }: PatternError): CommandError {
  return err(`invalid regular expression: ${message}`);
}

/** What bytes become before they are compared. */
function folding(nocase: boolean): Uint8Array {
  return Uint8Array.from(
    { length: 256 },
    (_, byte) => nocase && byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte,
  );
}

function equalTo(wanted: Uint8Array, nocase: boolean): Predicate {
  const fold = folding(nocase);
  return (bytes, start, end) => {
    if (end - start !== wanted.length) return false;
    for (let i = 0; i < wanted.length; i++) {
      if (fold[bytes[start + i]!] !== fold[wanted[i]!]) return false;
    }
    return true;
  };
}

/** Finds `wanted` by Knuth, Morris and Pratt's method, whose time does not depend on the bytes. */
function containing(wanted: Uint8Array, nocase: boolean): Predicate {
  const fold = folding(nocase);
  const needle = wanted.map((byte) => fold[byte]!);
  // How much of the needle still stands when its next byte does not.
  const shorter = new Int32Array(needle.length + 1);
  for (let i = 1, length = 0; i < needle.length; i++) {
    while (length > 0 && needle[i] !== needle[length]) length = shorter[length]!;
    if (needle[i] === needle[length]) length++;
    shorter[i + 1] = length;
  }
  return (bytes, start, end) => {
    let length = 0;
    for (let i = start; i < end && length < needle.length; i++) {
      const byte = fold[bytes[i]!];
      while (length > 0 && byte !== needle[length]) length = shorter[length]!;
      if (byte === needle[length]) length++;
    }
    return length === needle.length;
  };
}
