/** Options of XADD and XTRIM. */

import type { Argument, Key } from "../../data.ts";
import { checked, type Kinds } from "../option_words.ts";

/**
 * What is done about groups that know of an entry which goes: `keep` leaves their pending entries,
 * `delete` takes them off, `acknowledged` lets only what nobody waits for any more go.
 */
export type StreamReferences = "keep" | "delete" | "acknowledged";

/** The words for them. */
export const REFERENCES: Readonly<Record<StreamReferences, string>> = {
  keep: "KEEPREF",
  delete: "DELREF",
  acknowledged: "ACKED",
};

/** How far a stream is trimmed: by `maxlen` or by `minid`. */
export interface TrimOptions {
  /** Entries that stay at most. */
  maxlen?: number;
  /** The lowest id that stays. */
  minid?: string;
  /** Only as much as is cheap, so a few more may stay. */
  approximate?: boolean;
  /** Most entries that an approximate trim takes away. */
  limit?: number;
  /** What is done about groups that know of them; `keep` by default. */
  references?: StreamReferences;
}

const TRIM: Kinds<TrimOptions> = {
  maxlen: "number",
  minid: "text",
  approximate: "flag",
  limit: "number",
  references: Object.keys(REFERENCES),
};

/** Options of `xadd`. */
export interface XaddOptions extends TrimOptions {
  /** The entry's id, `*` by default: by the clock. `1700000000000-*` leaves the sequence open. */
  id?: string;
  /** Whether an absent stream is not made. */
  nomkstream?: boolean;
  /**
   * Adds nothing if the producer has added an entry under the same idempotent id before, and gives
   * that entry's id; without an id of its own it is made of the fields.
   */
  idempotent?: { producer: Key; id?: Key };
}

/** The words before the fields of XADD. */
export function xaddWords(options: XaddOptions): Argument[] {
  if (typeof options !== "object" || options === null) checked(options, TRIM);
  const { id = "*", nomkstream = false, idempotent, references, ...trim } = options;
  checked({ id, nomkstream }, { id: "text", nomkstream: "flag" });
  const given: Argument[] = nomkstream ? ["NOMKSTREAM"] : [];
  given.push(...referenceWords({ ...references === undefined ? {} : { references } }));
  if (idempotent !== undefined) {
    checked(idempotent, { producer: "key", id: "key" });
    const { producer, id: token } = idempotent;
    given.push(...token === undefined ? ["IDMPAUTO", producer] : ["IDMP", producer, token]);
  }
  return [...given, ...trimWords(trim), id];
}

/** The words of XTRIM behind its key. */
export function xtrimWords(options: TrimOptions): Argument[] {
  return [...trimWords(options), ...referenceWords(options)];
}

function trimWords(options: TrimOptions): Argument[] {
  const { maxlen, minid, approximate = false, limit } = checked(options, TRIM);
  const given: Argument[] = [];
  const sign = approximate ? "~" : "=";
  if (maxlen !== undefined) given.push("MAXLEN", sign, maxlen);
  if (minid !== undefined) given.push("MINID", sign, minid);
  if (limit !== undefined) given.push("LIMIT", limit);
  return given;
}

function referenceWords(options: TrimOptions): Argument[] {
  const { references } = checked(options, TRIM);
  return references === undefined ? [] : [REFERENCES[references]];
}
