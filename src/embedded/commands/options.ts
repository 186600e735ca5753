/** The options of the typed methods, and how they become arguments of commands. */

import type { Argument, Data } from "../data.ts";

/** When a key expires. At most one of them. */
export interface Expiry {
  /** In so many seconds. */
  ex?: number;
  /** In so many milliseconds. */
  px?: number;
  /** At this Unix time in seconds. */
  exat?: number;
  /** At this Unix time in milliseconds. */
  pxat?: number;
}

/** Compares a key's string with a value, or with its XXH3 digest in 16 hexadecimal digits. */
export interface Comparison {
  /** Only if the value is this. */
  ifeq?: Data;
  /** Only if the value is not this. */
  ifne?: Data;
  /** Only if the value has this digest. */
  ifdeq?: string;
  /** Only if the value has another digest. */
  ifdne?: string;
}

/** Options of `set`. At most one condition, and one of an expiry and `keepttl`. */
export interface SetOptions extends Expiry, Comparison {
  /** Only if the key does not exist. */
  nx?: boolean;
  /** Only if the key exists. */
  xx?: boolean;
  /** Keep the expiry the key has. */
  keepttl?: boolean;
}

/** Options of `getex`. */
export interface GetexOptions extends Expiry {
  /** Remove the expiry. */
  persist?: boolean;
}

/** Options of `msetex`. */
export interface MsetexOptions extends Expiry {
  /** Only if none of the keys exists. */
  nx?: boolean;
  /** Only if all of the keys exist. */
  xx?: boolean;
  /** Keep the expiry each key has. */
  keepttl?: boolean;
}

/** Options of `increx`. */
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

/** Options of the `expire` family. */
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

/** Options of `copy`. */
export interface CopyOptions {
  /** The database of the copy; the selected one by default. */
  db?: number;
  /** Overwrite what is there. */
  replace?: boolean;
}

/** Options of `scan`. */
export interface ScanOptions {
  /** Only keys that match this pattern. */
  match?: Data;
  /** Keys to look at in one call; 10 by default. */
  count?: number;
  /** Only keys of this type. */
  type?: "string" | "list" | "set" | "zset" | "hash" | "stream" | "array";
}

/** Options of `lcs` where it gives positions. */
export interface LcsOptions {
  /** Leave out matches shorter than this, in bytes. */
  minmatchlen?: number;
}

/** Options of `sort`. */
export interface SortOptions {
  /** The key, or the field of a hash, that gives an element's weight: `*` stands for the element. */
  by?: Data;
  /** How many sorted elements to pass over, and how many to give. */
  limit?: { offset: number; count: number };
  /** What to give in place of the elements: patterns as in `by`, `#` for the element itself. */
  get?: readonly Data[];
  /** The largest first. */
  desc?: boolean;
  /** Sort as text, not as numbers. */
  alpha?: boolean;
}

/** Options of `restore`. */
export interface RestoreOptions {
  /** Overwrite what is there. */
  replace?: boolean;
  /** The expiry is a Unix time in milliseconds. */
  absttl?: boolean;
  /** Seconds since the key was last used. */
  idletime?: number;
}

/** The words of an options object: the name alone for `true`, the name and the value otherwise. */
export function words(options: object): Argument[] {
  const result: Argument[] = [];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === false) continue;
    result.push(name.toUpperCase());
    if (value !== true) result.push(value as Argument);
  }
  return result;
}
