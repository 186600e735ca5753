/** Options of the stream commands beside XADD's and XTRIM's, and what they give. */

import type { Data, Key } from "../../data.ts";
import type { WaitOptions } from "../blocking.ts";
import type { Kinds } from "../option_words.ts";
import type { StreamPosition } from "./entries.ts";

/** Which streams to read, and after which ids: an object, or pairs. */
export type StreamPositions =
  | Iterable<readonly [stream: Key, after: StreamPosition]>
  | Readonly<Record<string, StreamPosition>>;

/** Options of `xreadOnce`. */
export interface XreadOptions {
  /** Most entries of each stream. */
  count?: number;
  /** Most entries of all streams together. */
  maxcount?: number;
  /** About how many bytes at most. */
  maxsize?: number;
}

/** Their kinds. */
export const XREAD: Kinds<XreadOptions> = {
  count: "number",
  maxcount: "number",
  maxsize: "number",
};

/** Options of `xreadWait`. */
export interface XreadWaitOptions extends XreadOptions, WaitOptions {}

/** Their kinds. */
export const XREAD_WAIT: Kinds<XreadWaitOptions> = {
  ...XREAD,
  timeout: "number",
  signal: "signal",
};

/** Options of `xreadgroup`. */
export interface XreadgroupOptions extends XreadOptions {
  /** Whether entries are acknowledged by being delivered. */
  noack?: boolean;
  /** Takes over, too, what others were given and have left for so many milliseconds. */
  claim?: number;
}

/** Their kinds. */
export const XREADGROUP: Kinds<XreadgroupOptions> = { ...XREAD, noack: "flag", claim: "number" };

/** Options of `xreadgroupWait`. */
export interface XreadgroupWaitOptions extends XreadgroupOptions, WaitOptions {}

/** Their kinds. */
export const XREADGROUP_WAIT: Kinds<XreadgroupWaitOptions> = {
  ...XREADGROUP,
  timeout: "number",
  signal: "signal",
};

/** Options of `xrange`. */
export interface XrangeOptions {
  /** Most entries. */
  count?: number;
}

/** Their kinds. */
export const XRANGE: Kinds<XrangeOptions> = { count: "number" };

/** Options of `xclaim`. */
export interface XclaimOptions {
  /** For how long they count as idle from now on, in milliseconds. */
  idle?: number;
  /** Since when they count as delivered. */
  time?: number;
  /** How often they count as delivered. */
  retrycount?: number;
  /** Whether those that are pending for nobody are taken, too. */
  force?: boolean;
  /** Moves the group's last id on to this one. */
  lastid?: string;
}

/** Their kinds. */
export const XCLAIM: Kinds<XclaimOptions> = {
  idle: "number",
  time: "number",
  retrycount: "number",
  force: "flag",
  lastid: "text",
};

/** Options of `xnack`. */
export interface XnackOptions {
  /** How often they count as delivered. */
  retrycount?: number;
  /** Whether those that are not pending become so. */
  force?: boolean;
}

/** Their kinds. */
export const XNACK: Kinds<XnackOptions> = { retrycount: "number", force: "flag" };

/** Options of `xsetid`. */
export interface XsetidOptions {
  /** How many entries were added so far. */
  entriesadded?: number | bigint;
  /** The highest id that was deleted. */
  maxdeletedid?: string;
}

/** Their kinds. */
export const XSETID: Kinds<XsetidOptions> = { entriesadded: "number", maxdeletedid: "text" };

/** Options of `xgroup("create", …)` and `xgroup("setid", …)`. */
export interface XgroupOptions {
  /** Whether an absent stream is made. */
  mkstream?: boolean;
  /** How many entries the group has read. */
  entriesread?: number | bigint;
}

/** Their kinds. */
export const XGROUP: Kinds<XgroupOptions> = { mkstream: "flag", entriesread: "number" };

/** Options of `xcfgset`. */
export interface XcfgsetOptions {
  /** For how many seconds an idempotent id counts. */
  duration?: number;
  /** How many are kept for each producer. */
  maxsize?: number;
}

/** Their kinds. */
export const XCFGSET: Kinds<XcfgsetOptions> = { duration: "number", maxsize: "number" };

/** Which pending entries `xpending` gives. */
export interface XpendingRange {
  /** The first id, `-` by default. */
  start?: string;
  /** The last one, `+` by default. */
  end?: string;
  /** Most entries. */
  count: number;
  /** Of this consumer only. */
  consumer?: Key;
  /** Only those that are idle for so many milliseconds. */
  idle?: number;
}

/** Their kinds. */
export const XPENDING: Kinds<XpendingRange> = {
  start: "text",
  end: "text",
  count: "number",
  consumer: "key",
  idle: "number",
};

/** What of a group is pending. */
export interface PendingSummary<V extends Data> {
  /** How many entries. */
  count: number;
  /** The lowest id, `null` without any. */
  first: string | null;
  /** The highest id, `null` without any. */
  last: string | null;
  /** How many each consumer has. */
  consumers: Map<V, number>;
}

/** An entry that was delivered and not acknowledged. */
export interface PendingStreamEntry<V extends Data> {
  /** Its id. */
  id: string;
  /** Who has it; empty if nobody. */
  consumer: V;
  /** Since when, in milliseconds. */
  idleMs: number;
  /** How often it was delivered. */
  deliveries: number;
}

/** What `xautoclaim` took over. */
export interface Autoclaimed<T> {
  /** Where the next call goes on, `0-0` at the end. */
  cursor: string;
  /** What was taken over. */
  entries: T[];
  /** Ids of pending entries that are in the stream no more, and so not pending either. */
  deleted: string[];
}
