/** The typed methods of the stream commands, those of groups aside. */

import type { Argument, Data, Key, Many } from "../../data.ts";
import type { Value } from "../../running/value_reply.ts";
import { type Entries, many, pairs } from "../given.ts";
import { CommandGroup } from "../group.ts";
import { checked, words } from "../option_words.ts";
import {
  entriesOf,
  factsOf,
  idOf,
  messagesOf,
  readStream,
  type StreamEntry,
  type StreamMessage,
  type StreamReadOptions,
} from "./entries.ts";
import {
  type StreamPositions,
  XCFGSET,
  type XcfgsetOptions,
  XRANGE,
  type XrangeOptions,
  XREAD,
  XREAD_WAIT,
  type XreadOptions,
  type XreadWaitOptions,
  XSETID,
  type XsetidOptions,
} from "./options.ts";
import {
  type StreamReferences,
  type TrimOptions,
  type XaddOptions,
  xaddWords,
  xtrimWords,
} from "./trim_options.ts";
import { idWords, milliseconds, positions, referencesWord, streamWords } from "./words.ts";

/**
 * The stream commands; `V` is what names and values come back as. Ids are text: `"1700000000000-0"`.
 *
 * @example
 * ```ts
 * import { Redlite, type StreamCommands } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const note = (streams: StreamCommands<string>, text: string) => streams.xadd("notes", { text });
 * console.log(note(db, "hello")); // "1700000000000-0"
 * ```
 */
export abstract class StreamCommands<V extends Data> extends CommandGroup<V> {
  /**
   * XADD: adds an entry to the end.
   *
   * @param fields An object, or pairs.
   * @returns Its id; `null` if `nomkstream` is set and there is no stream.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * const id = db.xadd("orders", { customer: "ada", total: 12 }, { maxlen: 1000, approximate: true });
   * console.log(db.xrange("orders", id, id)[0]?.fields.get("customer")); // "ada"
   * ```
   */
  xadd(
    key: Key,
    fields: Entries,
    options?: XaddOptions & { nomkstream?: false },
  ): string;
  /** XADD of which it is not known whether `nomkstream` is set. */
  xadd(key: Key, fields: Entries, options: XaddOptions): string | null;
  xadd(key: Key, fields: Entries, options: XaddOptions = {}): string | null {
    const words = ["XADD", key, ...xaddWords(options), ...pairs(fields, "fields")];
    const id = this.run<V | null>(words);
    return id === null ? null : idOf(id);
  }

  /** XLEN: the number of entries. */
  xlen(key: Key): number {
    return this.run(["XLEN", key]);
  }

  /** XRANGE: entries between two ids, both included; `-` and `+` are the ends, `(` leaves one out. */
  xrange(key: Key, start = "-", end = "+", options: XrangeOptions = {}): StreamEntry<V>[] {
    return entriesOf(this.run(["XRANGE", key, start, end, ...words(options, XRANGE)]));
  }

  /** XREVRANGE: the same from the last to the first. */
  xrevrange(key: Key, end = "+", start = "-", options: XrangeOptions = {}): StreamEntry<V>[] {
    return entriesOf(this.run(["XREVRANGE", key, end, start, ...words(options, XRANGE)]));
  }

  /** XDEL: deletes entries. @returns How many there were. */
  xdel(key: Key, ...ids: Many<string>): number {
    return this.run(["XDEL", key, ...many(ids)]);
  }

  /**
   * XDELEX: deletes entries, and says what is done about groups that know of them.
   *
   * @returns For each: 1 if it was deleted, -1 if it is absent, 2 if some group still refers to it.
   */
  xdelex(key: Key, ids: readonly string[], references: StreamReferences = "keep"): number[] {
    return this.run(["XDELEX", key, referencesWord(references), ...idWords(ids)]);
  }

  /** XTRIM: takes entries away from the front. @returns How many. */
  xtrim(key: Key, options: TrimOptions): number {
    return this.run(["XTRIM", key, ...xtrimWords(options)]);
  }

  /** XSETID: sets the last id. */
  xsetid(key: Key, lastId: string, options: XsetidOptions = {}): void {
    this.run(["XSETID", key, lastId, ...words(options, XSETID)]);
  }

  /** XCFGSET: for how long, and how many, idempotent ids are kept. */
  xcfgset(key: Key, options: XcfgsetOptions): void {
    const { duration, maxsize } = checked(options, XCFGSET);
    const given: Argument[] = duration === undefined ? [] : ["IDMP-DURATION", duration];
    if (maxsize !== undefined) given.push("IDMP-MAXSIZE", maxsize);
    this.run(["XCFGSET", key, ...given]);
  }

  /** XIDMPRECORD: notes that a producer added an entry under an idempotent id. */
  xidmprecord(key: Key, producer: Key, token: Key, id: string): void {
    this.run(["XIDMPRECORD", key, producer, token, id]);
  }

  /**
   * XREAD that goes on: the entries of streams after some ids, those of now and those to come. It
   * ends with the loop over it, or when the signal aborts.
   *
   * @param streams For each the id after which to begin; `$` is now, `0` the beginning.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * const entries = db.xread({ orders: "$" }, { signal: AbortSignal.timeout(1000) });
   * db.xadd("orders", { customer: "ada" });
   * for await (const { id, fields } of entries) {
   *   console.log(id, fields.get("customer"));
   *   break;
   * }
   * ```
   */
  xread(
    streams: StreamPositions,
    options: StreamReadOptions = {},
  ): AsyncGenerator<StreamMessage<V>, void, void> {
    return readStream(
      positions(streams),
      options,
      (words) => this.run<V>(words),
      (words, signal) => this.runWaiting<Value<V>>(words, signal),
    );
  }

  /** XREAD: what there is after some ids, without waiting. */
  xreadOnce(streams: StreamPositions, options: XreadOptions = {}): StreamMessage<V>[] {
    return messagesOf(this.run(["XREAD", ...words(options, XREAD), ...streamWords(streams)]));
  }

  /** XREAD with BLOCK: waits until there is something. @returns Nothing if nothing came in time. */
  async xreadWait(
    streams: StreamPositions,
    options: XreadWaitOptions = {},
  ): Promise<StreamMessage<V>[]> {
    const { timeout = 0, signal, ...others } = checked(options, XREAD_WAIT);
    return messagesOf(
      await this.runWaiting(
        [
          ...["XREAD", ...words(others, XREAD), "BLOCK"],
          ...[milliseconds(timeout), ...streamWords(streams)],
        ],
        signal,
      ),
    );
  }

  /** XINFO STREAM: what is known of a stream; names are as Redis has them: `entries-added`. */
  xinfo(subcommand: "stream", key: Key): Map<string, Value<V>>;
  /** XINFO GROUPS: the same of its groups. */
  xinfo(subcommand: "groups", key: Key): Map<string, Value<V>>[];
  /** XINFO CONSUMERS: the same of a group's consumers. */
  xinfo(subcommand: "consumers", key: Key, group: Key): Map<string, Value<V>>[];
  xinfo(
    subcommand: "stream" | "groups" | "consumers",
    key: Key,
    group?: Key,
  ): Map<string, Value<V>> | Map<string, Value<V>>[] {
    const given = group === undefined ? [] : [group];
    return factsOf(this.run(["XINFO", subcommand, key, ...given]));
  }
}
