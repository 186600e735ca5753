/** The options of XADD and XTRIM that say how far a stream is trimmed, and trimming itself. */

import type { Arguments } from "../../resp/arguments.ts";
import type { Store } from "../../store/store.ts";
import { ID_SIZE } from "../../store/streams/ids.ts";
import type { Collection } from "../../store/collections/collection.ts";
import type { References, Streams, Trim } from "../../store/streams/streams.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { positionAt } from "../table/options.ts";
import { idAt, idText } from "./arguments.ts";

/** Most entries that an approximate trim without LIMIT takes away, in nodes. */
const NODES = 100;

/** What the options say; one object, filled anew for each command. */
export class TrimOptions implements Trim {
  maxLength: number | undefined;
  readonly minId: Uint8Array = new Uint8Array(ID_SIZE);
  approximate = false;
  limit = 0;
  /** What is done about entries that groups still know of. */
  references: References = "keep";
  /** Whether there is anything to trim by. */
  given = false;
  #limited = false;

  /** Forgets everything. */
  clear(): this {
    this.maxLength = undefined;
    this.approximate = this.given = this.#limited = false;
    this.limit = 0;
    this.references = "keep";
    return this;
  }

  /**
   * Reads the option at `index`.
   *
   * @returns How many arguments it takes; 0 if there is none.
   * @throws {CommandError}
   */
  read(args: Arguments, index: number): number {
    const more = args.count - 1 - index;
    const byLength = args.is(index, "MAXLEN");
    if (more > 0 && (byLength || args.is(index, "MINID"))) {
      if (this.given) {
        throw err("syntax error, MAXLEN and MINID options at the same time are not compatible");
      }
      this.given = true;
      this.approximate = more > 1 && args.is(index + 1, "~");
      const at = this.approximate || more > 1 && args.is(index + 1, "=") ? index + 2 : index + 1;
      if (byLength) this.maxLength = naturalAt(args, at, "MAXLEN");
      else idAt(args, at, this.minId);
      return at - index + 1;
    }
    if (more > 0 && args.is(index, "LIMIT")) {
      this.limit = naturalAt(args, index + 1, "LIMIT");
      this.#limited = true;
      return 2;
    }
    const references = referencesAt(args, index);
    if (references === undefined) return 0;
    this.references = references;
    return 1;
  }

  /** Checks that the options go together. @throws {CommandError} */
  finish(store: Store): void {
    if (this.#limited && this.limit > 0 && !this.given) {
      throw err("syntax error, LIMIT cannot be used without specifying a trimming strategy");
    }
    if (this.#limited && !this.approximate) {
      // Redis tells its replicas and its log what it has trimmed to, and leaves the option there.
      if (store.engine.obeys) {
        this.limit = 0;
        return;
      }
      throw err("syntax error, LIMIT cannot be used without the special ~ option");
    }
    if (this.#limited || !this.approximate) return;
    const limit = NODES * store.limits.streamNodeEntries;
    this.limit = limit <= 0 ? 10_000 : Math.min(limit, 1_000_000);
  }
}

/** What KEEPREF, DELREF or ACKED at `index` says; undefined if none of them is there. */
export function referencesAt(args: Arguments, index: number): References | undefined {
  if (args.is(index, "KEEPREF")) return "keep";
  if (args.is(index, "DELREF")) return "delete";
  return args.is(index, "ACKED") ? "acknowledged" : undefined;
}

/**
 * The options that trim a stream as far as it has been by now: what is cheap where it is followed is
 * something else.
 */
export function exactTrim(
  streams: Streams,
  stream: Collection,
  { maxLength, minId, approximate, references }: TrimOptions,
): (string | number | Uint8Array)[] {
  // Of entries that groups still need some stay among those that go: what goes is told by their number.
  if (references === "acknowledged") return ["MAXLEN", "=", stream.length, "ACKED"];
  const first = new Uint8Array(ID_SIZE);
  let lowest = minId;
  if (approximate && maxLength === undefined && streams.firstId(stream, first)) lowest = first;
  const words: (string | number | Uint8Array)[] = maxLength === undefined
    ? ["MINID", "=", idText(lowest)]
    : ["MAXLEN", "=", approximate ? stream.length : maxLength];
  if (references === "delete") words.push("DELREF");
  return words;
}

function naturalAt(args: Arguments, index: number, option: string): number {
  const value = positionAt(args, index);
  if (value < 0) throw err(`The ${option} argument must be >= 0.`);
  return value;
}

/** Reads the options of XTRIM. @throws {CommandError} */
export function trimOptions(args: Arguments, options: TrimOptions): void {
  for (let i = 2; i < args.count;) {
    const taken = options.read(args, i);
    if (taken === 0) throw syntaxError();
    i += taken;
  }
}
