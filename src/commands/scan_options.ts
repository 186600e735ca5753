/** The options of HSCAN, SSCAN and ZSCAN. */

import type { Arguments } from "../resp/arguments.ts";
import { err, notAnInteger, syntaxError } from "../store/errors.ts";
import { Glob } from "./glob.ts";
import { int64At } from "./options.ts";

/** What a walk through a collection is asked for. */
export interface ScanOptions {
  /** What elements must match; undefined for all. */
  readonly glob: Glob | undefined;
  /** Elements to look at. */
  readonly count: number;
  /** NOVALUES: leave out the values. */
  readonly noValues: boolean;
}

/** Elements looked at unless told otherwise, and at most. */
const DEFAULT_COUNT = 10, MAX_COUNT = 1_000_000_000;

/**
 * Reads the options after the cursor.
 *
 * @param ofHash Whether NOVALUES is allowed.
 * @throws {CommandError}
 */
export function scanOptions(args: Arguments, ofHash: boolean): ScanOptions {
  let glob: Glob | undefined;
  let count = DEFAULT_COUNT;
  let noValues = false;
  for (let i = 3; i < args.count; i++) {
    const hasNext = i + 1 < args.count;
    if (args.is(i, "COUNT") && hasNext) {
      const value = int64At(args, ++i);
      if (value === undefined) throw notAnInteger();
      if (value < 1) throw syntaxError();
      count = Math.min(Number(value), MAX_COUNT);
    } else if (args.is(i, "MATCH") && hasNext) {
      glob = new Glob(args.at(++i).copy());
    } else if (args.is(i, "NOVALUES")) {
      if (!ofHash) throw err("NOVALUES option can only be used in HSCAN");
      noValues = true;
    } else {
      throw syntaxError();
    }
  }
  return { glob: glob?.all ? undefined : glob, count, noValues };
}
