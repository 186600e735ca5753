/** What SCAN, HSCAN, SSCAN and ZSCAN have in common: the cursor, the options, and how they begin to answer. */

import type { Arguments } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import { err, notAnInteger, syntaxError } from "../../store/values/errors.ts";
import { Glob } from "../../store/values/glob.ts";
import { int64At } from "../table/options.ts";

/** What a walk is asked for. */
export interface ScanOptions {
  /** What elements must match; undefined for all. */
  readonly glob: Glob | undefined;
  /** Elements to look at. */
  readonly count: number;
  /** NOVALUES: leave out the values. */
  readonly noValues: boolean;
  /** TYPE: only keys of it, in lower case. */
  readonly type: string | undefined;
}

/** Elements looked at unless told otherwise, and at most. */
const DEFAULT_COUNT = 10, MAX_COUNT = 1_000_000_000;

/**
 * Reads the options after the cursor.
 *
 * @param from Index of the first.
 * @param of What is walked through: only keys have a TYPE, and only hashes NOVALUES.
 * @throws {CommandError}
 */
export function scanOptions(
  args: Arguments,
  from: number,
  of: "keys" | "hash" | "members",
): ScanOptions {
  let glob: Glob | undefined;
  let count = DEFAULT_COUNT;
  let noValues = false;
  let type: string | undefined;
  for (let i = from; i < args.count; i++) {
    const hasNext = i + 1 < args.count;
    if (args.is(i, "COUNT") && hasNext) {
      const value = int64At(args, ++i);
      if (value === undefined) throw notAnInteger();
      if (value < 1) throw syntaxError();
      count = Math.min(Number(value), MAX_COUNT);
    } else if (args.is(i, "MATCH") && hasNext) {
      glob = new Glob(args.at(++i).copy());
    } else if (args.is(i, "TYPE") && hasNext && of === "keys") {
      type = args.text(++i).toLowerCase();
    } else if (args.is(i, "NOVALUES")) {
      if (of !== "hash") throw err("NOVALUES option can only be used in HSCAN");
      noValues = true;
    } else {
      throw syntaxError();
    }
  }
  return { glob: glob?.all ? undefined : glob, count, noValues, type };
}

/** A cursor. @throws {CommandError} */
export function cursorOf(text: string): bigint {
  if (!/^\+?\d{1,20}$/.test(text)) throw err("invalid cursor");
  const value = BigInt(text.replace("+", ""));
  if (value >= 1n << 64n) throw err("invalid cursor");
  return value;
}

/** Begins the reply: the elements follow as one array. */
export function writeCursor(reply: Reply, next: bigint): void {
  reply.array(2);
  reply.text(next.toString());
}
