/** The options of methods of several kinds of keys, and what they take. */

import type { Argument, Key } from "../data.ts";
import { checked, type Kinds, type Time, words } from "./option_words.ts";

/**
 * When a key expires. At most one of them.
 *
 * @example
 * ```ts
 * import { type Expiry, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const tomorrow: Expiry = { exat: new Date(Date.now() + 86_400_000) };
 * db.set("k", "v", tomorrow);
 * console.log(db.ttl("k") > 86_000); // true
 * ```
 */
export interface Expiry {
  /** In so many seconds. */
  ex?: number;
  /** In so many milliseconds. */
  px?: number;
  /** At this date, or Unix time in seconds. */
  exat?: Time;
  /** At this date, or Unix time in milliseconds. */
  pxat?: Time;
}

/** What an expiry takes. */
export const EXPIRY: Kinds<Expiry> = {
  ex: "number",
  px: "number",
  exat: "seconds",
  pxat: "milliseconds",
};

/**
 * Compares a key's string with a value, or with its XXH3 digest in 16 hexadecimal digits.
 *
 * @example
 * ```ts
 * import { type Comparison, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.set("k", "old");
 * const unchanged: Comparison = { ifeq: "old" };
 * console.log(db.set("k", "new", unchanged), db.delex("k", unchanged)); // true false
 * ```
 */
export interface Comparison {
  /** Only if the value is this. */
  ifeq?: Argument;
  /** Only if the value is not this. */
  ifne?: Argument;
  /** Only if the value has this digest. */
  ifdeq?: string;
  /** Only if the value has another digest. */
  ifdne?: string;
}

/** What they take. */
export const COMPARISON: Kinds<Comparison> = {
  ifeq: "value",
  ifne: "value",
  ifdeq: "text",
  ifdne: "text",
};

/**
 * Options of `set`. At most one condition, and one of an expiry and `keepttl`.
 *
 * @example
 * ```ts
 * import { Redlite, type SetOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: SetOptions = { nx: true, ex: 60 };
 * console.log(db.set("lock", "mine", options), db.set("lock", "mine", options)); // true false
 * ```
 */
export interface SetOptions extends Expiry, Comparison {
  /** Only if the key does not exist. */
  nx?: boolean;
  /** Only if the key exists. */
  xx?: boolean;
  /** Keep the expiry the key has. */
  keepttl?: boolean;
}

/** What they take. */
export const SET: Kinds<SetOptions> = {
  ...EXPIRY,
  ...COMPARISON,
  nx: "flag",
  xx: "flag",
  keepttl: "flag",
};

/**
 * Options of `getex`.
 *
 * @example
 * ```ts
 * import { type GetexOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.set("k", "v");
 * const options: GetexOptions = { ex: 60 };
 * console.log(db.getex("k", options), db.ttl("k")); // "v" 60
 * ```
 */
export interface GetexOptions extends Expiry {
  /** Remove the expiry. */
  persist?: boolean;
}

/** What they take. */
export const GETEX: Kinds<GetexOptions> = { ...EXPIRY, persist: "flag" };

/**
 * Options of `msetex`.
 *
 * @example
 * ```ts
 * import { type MsetexOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: MsetexOptions = { nx: true, px: 500 };
 * console.log(db.msetex({ a: 1, b: 2 }, options)); // true
 * ```
 */
export interface MsetexOptions extends Expiry {
  /** Only if none of the keys exists. */
  nx?: boolean;
  /** Only if all of the keys exist. */
  xx?: boolean;
  /** Keep the expiry each key has. */
  keepttl?: boolean;
}

/** What they take. */
export const MSETEX: Kinds<MsetexOptions> = {
  ...EXPIRY,
  nx: "flag",
  xx: "flag",
  keepttl: "flag",
};

/**
 * Options of `increx`.
 *
 * @example
 * ```ts
 * import { type IncrexOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: IncrexOptions = { byint: 5, ubound: 8, saturate: true };
 * console.log(db.increx("n", options), db.increx("n", options)); // [5, 5] [8, 3]
 * ```
 */
export interface IncrexOptions extends Expiry {
  /** Add this integer; 1 by default. */
  byint?: number | bigint;
  /** Add this floating-point number. */
  byfloat?: number | string;
  /** The least result allowed. */
  lbound?: number | bigint | string;
  /** The greatest result allowed. */
  ubound?: number | bigint | string;
  /** Take the bound for a result beyond it, rather than not to act. */
  saturate?: boolean;
  /** Remove the expiry. */
  persist?: boolean;
  /** Set the expiry only if the key has none. */
  enx?: boolean;
}

/** What they take. */
export const INCREX: Kinds<IncrexOptions> = {
  ...EXPIRY,
  byint: "number",
  byfloat: "number",
  lbound: "number",
  ubound: "number",
  saturate: "flag",
  persist: "flag",
  enx: "flag",
};

/**
 * Options of the `expire` family.
 *
 * @example
 * ```ts
 * import { type ExpireOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.set("k", "v");
 * const options: ExpireOptions = { nx: true };
 * console.log(db.expire("k", 60, options), db.expire("k", 90, options)); // true false
 * ```
 */
export interface ExpireOptions {
  /** Only if the key has no expiry. */
  nx?: boolean;
  /** Only if the key has an expiry. */
  xx?: boolean;
  /** Only if the new expiry is later. */
  gt?: boolean;
  /** Only if the new expiry is sooner. */
  lt?: boolean;
}

/** What they take. */
export const EXPIRE: Kinds<ExpireOptions> = { nx: "flag", xx: "flag", gt: "flag", lt: "flag" };

/**
 * Options of `copy`.
 *
 * @example
 * ```ts
 * import { type CopyOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.mset({ a: 1, b: 2 });
 * const options: CopyOptions = { replace: true };
 * console.log(db.copy("a", "b", options), db.get("b")); // true "1"
 * ```
 */
export interface CopyOptions {
  /** The database of the copy; the selected one by default. */
  db?: number;
  /** Overwrite what is there. */
  replace?: boolean;
}

/** What they take. */
export const COPY: Kinds<CopyOptions> = { db: "number", replace: "flag" };

/**
 * Options of `scan`.
 *
 * @example
 * ```ts
 * import { Redlite, type ScanOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.mset({ "user:1": "a", "job:1": "b" });
 * const options: ScanOptions = { match: "user:*", type: "string" };
 * console.log([...db.scanIterator(options)]); // ["user:1"]
 * ```
 */
export interface ScanOptions {
  /** Only keys that match this pattern. */
  match?: Key;
  /** Keys to look at in one call; 10 by default. */
  count?: number;
  /** Only keys of this type, which may be an extension's. */
  type?:
    | "string"
    | "list"
    | "set"
    | "zset"
    | "hash"
    | "stream"
    | "array"
    | (string & Record<never, never>);
}

/** What they take. */
export const SCAN: Kinds<ScanOptions> = { match: "key", count: "number", type: "text" };

/**
 * Options of `lcs` where it gives positions.
 *
 * @example
 * ```ts
 * import { type LcsOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.mset({ a: "ohmytext", b: "mynewtext" });
 * const options: LcsOptions = { minmatchlen: 4 };
 * console.log(db.lcsIdx("a", "b", options).length); // 1
 * ```
 */
export interface LcsOptions {
  /** Leave out matches shorter than this, in bytes. */
  minmatchlen?: number;
}

/** What they take. */
export const LCS: Kinds<LcsOptions> = { minmatchlen: "number" };

/**
 * Options of `sort`.
 *
 * @example
 * ```ts
 * import { Redlite, type SortOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.rpush("numbers", 3, 10, 2);
 * const options: SortOptions = { desc: true, limit: { offset: 0, count: 2 } };
 * console.log(db.sort("numbers", options)); // ["10", "3"]
 * ```
 */
export interface SortOptions {
  /** The key, or the field of a hash, that gives an element's weight: `*` stands for the element. */
  by?: Key;
  /** How many sorted elements to pass over, and how many to give. */
  limit?: { offset: number; count: number };
  /** What to give in place of the elements: patterns as in `by`, `#` for the element itself. */
  get?: readonly Key[];
  /** The largest first. */
  desc?: boolean;
  /** Sort as text, not as numbers. */
  alpha?: boolean;
}

/** What they take. */
export const SORT: Kinds<SortOptions> = {
  by: "key",
  limit: "page",
  get: "keys",
  desc: "flag",
  alpha: "flag",
};

/**
 * Options of `restore`.
 *
 * @example
 * ```ts
 * import { Redlite, type RestoreOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.set("k", "v");
 * const options: RestoreOptions = { replace: true };
 * db.restore("copy", 0, db.dump("k")!, options);
 * console.log(db.get("copy")); // "v"
 * ```
 */
export interface RestoreOptions {
  /** Overwrite what is there. */
  replace?: boolean;
  /** The expiry is a Unix time in milliseconds. */
  absttl?: boolean;
  /** Seconds since the key was last used. */
  idletime?: number;
}

/** What they take. */
export const RESTORE: Kinds<RestoreOptions> = {
  replace: "flag",
  absttl: "flag",
  idletime: "number",
};

/**
 * How many elements `lmovem` moves, and in what order they arrive.
 *
 * @example
 * ```ts
 * import { type LmovemOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.rpush("queue", 1, 2, 3);
 * const options: LmovemOptions = { exactly: 2, order: "bulk" };
 * console.log(db.lmovem("queue", "taken", "left", "right", options)); // ["1", "2"]
 * ```
 */
export interface LmovemOptions {
  /** Up to so many. */
  count?: number;
  /** So many or none, in place of `count`. */
  exactly?: number;
  /** `bulk` keeps their order; `obo`, one by one, turns it round on the same side. */
  order: "obo" | "bulk";
}

/** What they take. */
export const LMOVEM: Kinds<LmovemOptions> = {
  count: "number",
  exactly: "number",
  order: ["obo", "bulk"],
};

/** The words of how many elements are moved, and in what order. */
export function moveWords(options: LmovemOptions): Argument[] {
  const { order, ...amount } = checked(options, LMOVEM);
  return [...words(amount, LMOVEM), order];
}
