/** The options of XADD and XTRIM that say how far a stream is trimmed, and trimming itself. */

import type { Arguments } from "../../resp/arguments.ts";
import type { Store } from "../../store/store.ts";
import { groupCount } from "../../store/streams/facts.ts";
import { copyId, ID_SIZE, MAX_ID, MIN_ID } from "../../store/streams/ids.ts";
import type { Collection } from "../../store/collections/collection.ts";
import type { References, Streams, Trim } from "../../store/streams/streams.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { positionAt } from "../table/options.ts";
import { idAt, idText } from "./arguments.ts";
import { Taken } from "./effects.ts";

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
  /** Whether entries stay among those that go, and what has gone that only newer options tell of. */
  picks = false;
  taken: Taken | undefined;
  #limited = false;

  /** Forgets everything. */
  clear(): this {
    this.maxLength = undefined;
    this.approximate =
      this.given =
      this.picks =
      this.#limited =
        false;
    this.taken = undefined;
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
 * Trims a stream.
 *
 * @returns How many entries are gone.
 */
export function trimStream(
  { streams, engine: { effects } }: Store,
  stream: Collection,
  options: TrimOptions,
): number {
  const { references } = options;
  if (!effects.active || references === "keep") return streams.trim(stream, options, references);
  const taken = options.taken = new Taken();
  options.picks = references === "acknowledged" && groupCount(stream) > 0;
  if (references === "delete") notePending(streams, stream, options, taken);
  return streams.trim(stream, options, references, (id) => taken.entry(id));
}

/** Notes what groups have pending of the entries that a trim takes away. */
function notePending(streams: Streams, stream: Collection, trim: Trim, taken: Taken): void {
  const groups = streams.groups.all(stream).filter(({ pending }) => pending > 0);
  if (groups.length === 0) return;
  const last = new Uint8Array(ID_SIZE);
  streams.range(stream, MIN_ID, MAX_ID, false, streams.excess(stream, trim), ({ id }) => {
    copyId(id, 0, last, 0);
  });
  for (const group of groups) {
    streams.pending.range(stream, group, undefined, MIN_ID, last, Infinity, ({ id }) => {
      if (streams.has(stream, id)) taken.pending(group, id);
    });
  }
}

/**
 * The options that trim a stream as far as it has been by now: what is cheap where it is followed is
 * something else. Only those that every server knows, so that what {@linkcode TrimOptions.taken} has
 * noted is to be said, too.
 *
 * @returns None where entries that groups still need have stayed among those that went.
 */
export function exactTrim(
  streams: Streams,
  stream: Collection,
  { maxLength, minId, approximate, picks }: TrimOptions,
): (string | number | Uint8Array)[] {
  if (picks) return [];
  const first = new Uint8Array(ID_SIZE);
  let lowest = minId;
  if (approximate && maxLength === undefined && streams.firstId(stream, first)) lowest = first;
  return maxLength === undefined
    ? ["MINID", "=", idText(lowest)]
    : ["MAXLEN", "=", approximate ? stream.length : maxLength];
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
