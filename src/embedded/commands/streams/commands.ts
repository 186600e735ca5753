/** The typed methods of the stream commands. */

import { isKey, wrongType } from "../../checks.ts";
import type { Argument, Data, Key, Many } from "../../data.ts";
import type { Value } from "../../value_reply.ts";
import { type Entries, flatPairs, list, many, pairs } from "../given.ts";
import { CommandGroup } from "../group.ts";
import { checked, words } from "../option_words.ts";
import {
  type Autoclaimed,
  type PendingStreamEntry,
  type PendingSummary,
  type StreamPositions,
  XCFGSET,
  type XcfgsetOptions,
  XCLAIM,
  type XclaimOptions,
  XGROUP,
  type XgroupOptions,
  XNACK,
  type XnackOptions,
  XPENDING,
  type XpendingRange,
  XRANGE,
  type XrangeOptions,
  XREAD,
  XREAD_WAIT,
  XREADGROUP,
  XREADGROUP_WAIT,
  type XreadgroupOptions,
  type XreadgroupWaitOptions,
  type XreadOptions,
  type XreadWaitOptions,
  XSETID,
  type XsetidOptions,
} from "./options.ts";
import { type ConsumeOptions, type Consumption, startConsuming } from "./consumer.ts";
import {
  entriesOf,
  type EntryWithId,
  factsOf,
  idOf,
  idsOf,
  messagesOf,
  readStream,
  type StreamEntry,
  type StreamMessage,
  type StreamPosition,
  type StreamReadOptions,
} from "./entries.ts";
import {
  REFERENCES,
  type StreamReferences,
  type TrimOptions,
  type XaddOptions,
  xaddWords,
  xtrimWords,
} from "./trim_options.ts";

/** The stream commands; `V` is what names and values come back as. Ids are text: `"1700000000000-0"`. */
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

  /**
   * XREADGROUP: gives a consumer entries of its group, without waiting.
   *
   * @param streams For each `>` for new entries, or an id after which its pending ones are given again.
   */
  xreadgroup(
    group: Key,
    consumer: Key,
    streams: StreamPositions,
    options: XreadgroupOptions = {},
  ): StreamMessage<V>[] {
    return messagesOf(
      this.run([
        ...["XREADGROUP", "GROUP", group, consumer],
        ...[...words(options, XREADGROUP), ...streamWords(streams)],
      ]),
    );
  }

  /** XREADGROUP with BLOCK: waits until there is something. */
  async xreadgroupWait(
    group: Key,
    consumer: Key,
    streams: StreamPositions,
    options: XreadgroupWaitOptions = {},
  ): Promise<StreamMessage<V>[]> {
    const { timeout = 0, signal, ...others } = checked(options, XREADGROUP_WAIT);
    return messagesOf(
      await this.runWaiting(
        [
          ...["XREADGROUP", "GROUP", group, consumer, ...words(others, XREADGROUP)],
          ...["BLOCK", milliseconds(timeout), ...streamWords(streams)],
        ],
        signal,
      ),
    );
  }

  /** XACK: acknowledges entries. @returns How many were pending. */
  xack(key: Key, group: Key, ...ids: Many<string>): number {
    return this.run(["XACK", key, group, ...many(ids)]);
  }

  /** XACKDEL: acknowledges entries and deletes them. @returns As of `xdelex`. */
  xackdel(
    key: Key,
    group: Key,
    ids: readonly string[],
    references: StreamReferences = "keep",
  ): number[] {
    return this.run(["XACKDEL", key, group, referencesWord(references), ...idWords(ids)]);
  }

  /**
   * XNACK: gives entries back, which anybody may claim at once.
   *
   * @param how `silent` where they were not tried, `fail` where they were, `fatal` where nobody should.
   * @returns How many.
   */
  xnack(
    key: Key,
    group: Key,
    ids: readonly string[],
    how: "silent" | "fail" | "fatal" = "fail",
    options: XnackOptions = {},
  ): number {
    return this.run(["XNACK", key, group, how, ...idWords(ids), ...words(options, XNACK)]);
  }

  /** XCLAIM: takes entries over that were delivered so long ago. */
  xclaim(
    key: Key,
    group: Key,
    consumer: Key,
    minIdleMs: number,
    ids: readonly string[],
    options: XclaimOptions = {},
  ): StreamEntry<V>[] {
    const claim = ["XCLAIM", key, group, consumer, minIdleMs, ...list(ids, "ids")];
    return entriesOf(this.run([...claim, ...words(options, XCLAIM)]));
  }

  /** XCLAIM with JUSTID: the same, of which only the ids are given. */
  xclaimIds(
    key: Key,
    group: Key,
    consumer: Key,
    minIdleMs: number,
    ids: readonly string[],
    options: XclaimOptions = {},
  ): string[] {
    const claim = ["XCLAIM", key, group, consumer, minIdleMs, ...list(ids, "ids")];
    return idsOf(this.run([...claim, ...words(options, XCLAIM), "JUSTID"]));
  }

  /** XAUTOCLAIM: takes over what was delivered so long ago, from an id on. */
  xautoclaim(
    key: Key,
    group: Key,
    consumer: Key,
    minIdleMs: number,
    start = "0-0",
    options: XrangeOptions = {},
  ): Autoclaimed<StreamEntry<V>> {
    const [cursor, entries, deleted] = this.run<[V, Value<V>, Value<V>]>(
      ["XAUTOCLAIM", key, group, consumer, minIdleMs, start, ...words(options, XRANGE)],
    );
    return { cursor: idOf(cursor), entries: entriesOf(entries), deleted: idsOf(deleted) };
  }

  /** XAUTOCLAIM with JUSTID: the same, of which only the ids are given. */
  xautoclaimIds(
    key: Key,
    group: Key,
    consumer: Key,
    minIdleMs: number,
    start = "0-0",
    options: XrangeOptions = {},
  ): Autoclaimed<string> {
    const [cursor, ids, deleted] = this.run<[V, Value<V>, Value<V>]>(
      ["XAUTOCLAIM", key, group, consumer, minIdleMs, start, ...words(options, XRANGE), "JUSTID"],
    );
    return { cursor: idOf(cursor), entries: idsOf(ids), deleted: idsOf(deleted) };
  }

  /** XPENDING: how much of a group is pending. */
  xpending(key: Key, group: Key): PendingSummary<V>;
  /** XPENDING with a range: the pending entries. */
  xpending(key: Key, group: Key, range: XpendingRange): PendingStreamEntry<V>[];
  xpending(
    key: Key,
    group: Key,
    range?: XpendingRange,
  ): PendingSummary<V> | PendingStreamEntry<V>[] {
    if (range === undefined) return summaryOf(this.run(["XPENDING", key, group]));
    const { start = "-", end = "+", count, consumer, idle } = checked(range, XPENDING);
    const entries = this.run<[V, V, number, number][]>([
      ...["XPENDING", key, group, ...idle === undefined ? [] : ["IDLE", idle]],
      ...[start, end, count, ...consumer === undefined ? [] : [consumer]],
    ]);
    return entries.map(([id, consumer, idleMs, deliveries]) => ({
      id: idOf(id),
      consumer,
      idleMs,
      deliveries,
    }));
  }

  /** XGROUP CREATE: makes a group that begins after an id; `$` is now. */
  xgroup(subcommand: "create", key: Key, group: Key, id: string, options?: XgroupOptions): void;
  /** XGROUP SETID: lets a group go on after an id. */
  xgroup(subcommand: "setid", key: Key, group: Key, id: string, options?: XgroupOptions): void;
  /** XGROUP DESTROY: takes a group away. @returns 1, or 0 if there was none. */
  xgroup(subcommand: "destroy", key: Key, group: Key): number;
  /** XGROUP CREATECONSUMER: makes a consumer. @returns 1, or 0 if it was there. */
  xgroup(subcommand: "createconsumer", key: Key, group: Key, consumer: Key): number;
  /** XGROUP DELCONSUMER: takes a consumer away. @returns How many entries were pending for it. */
  xgroup(subcommand: "delconsumer", key: Key, group: Key, consumer: Key): number;
  xgroup(
    subcommand: string,
    key: Key,
    group: Key,
    last?: Key,
    options: XgroupOptions = {},
  ): number | void {
    const given = last === undefined ? [] : [last];
    const value = this.run<Value<V>>(
      ["XGROUP", subcommand, key, group, ...given, ...words(options, XGROUP)],
    );
    if (typeof value === "number") return value;
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

  /**
   * Works through a stream as a consumer of a group, until the signal aborts: entries that are new,
   * and those that others were given and have left for `minIdleMs`. An entry is acknowledged when the
   * handler has returned. One whose handler throws stays pending: somebody gets it again.
   *
   * @param handler Gets one entry after the other; may be asynchronous.
   * @returns How many were acknowledged, and how many failed.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * const stop = new AbortController();
   * db.xadd("jobs", { task: "write" });
   * const done = await db.consume("jobs", "workers", "one", ({ fields }) => {
   *   console.log(fields.get("task")); // "write"
   *   stop.abort();
   * }, { signal: stop.signal, create: "0" });
   * console.log(done.acknowledged, db.xpending("jobs", "workers").count); // 1 0
   * ```
   */
  consume(
    stream: Key,
    group: Key,
    consumer: Key,
    handler: (entry: EntryWithId<V>) => unknown,
    options?: ConsumeOptions<V>,
  ): Promise<Consumption>;
  /**
   * The same as a loop: an entry is acknowledged when the next one is asked for. One at which the loop
   * ends by `break` or an error stays pending.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * db.xadd("jobs", { task: "write" });
   * const signal = AbortSignal.timeout(50);
   * for await (const { fields } of db.consume("jobs", "workers", "one", { create: "0", signal })) {
   *   console.log(fields.get("task")); // "write"
   * }
   * ```
   */
  consume(
    stream: Key,
    group: Key,
    consumer: Key,
    options?: ConsumeOptions<V>,
  ): AsyncGenerator<EntryWithId<V>, void, void>;
  consume(
    stream: Key,
    group: Key,
    consumer: Key,
    handlerOrOptions: ((entry: EntryWithId<V>) => unknown) | ConsumeOptions<V> = {},
    options: ConsumeOptions<V> = {},
  ): Promise<Consumption> | AsyncGenerator<EntryWithId<V>, void, void> {
    return startConsuming<V>(
      { stream, group, consumer },
      handlerOrOptions,
      options,
      (words) => this.run<Value<V>>(words),
      (words, signal) => this.runWaiting<Value<V>>(words, signal),
    );
  }
}

function positions(streams: StreamPositions): [Key, StreamPosition][] {
  if (typeof streams !== "object" || streams === null || isKey(streams)) {
    throw wrongType("streams", "an object, or pairs", streams);
  }
  if (!(Symbol.iterator in streams)) return Object.entries(streams);
  const flat = flatPairs(streams as Iterable<readonly [Key, StreamPosition]>, "streams");
  return Array.from(
    { length: flat.length / 2 },
    (_, i) => [flat[2 * i] ?? "", String(flat[2 * i + 1])],
  );
}

function streamWords(streams: StreamPositions): Argument[] {
  const all = positions(streams);
  return ["STREAMS", ...all.map(([key]) => key), ...all.map(([, after]) => after)];
}

function idWords(ids: readonly string[]): Argument[] {
  return ["IDS", list(ids, "ids").length, ...ids];
}

function referencesWord(references: StreamReferences): string {
  const word = REFERENCES[references];
  if (word === undefined) {
    throw wrongType("references", Object.keys(REFERENCES).join(" or "), references);
  }
  return word;
}

/** Milliseconds that are at least one where somebody waits at all. */
const milliseconds = (seconds: number): number => seconds === 0 ? 0 : Math.ceil(1000 * seconds);

function summaryOf<V extends Data>(
  [count, first, last, consumers]: [number, V | null, V | null, [V, V][] | null],
): PendingSummary<V> {
  return {
    count,
    first: first === null ? null : idOf(first),
    last: last === null ? null : idOf(last),
    consumers: new Map((consumers ?? []).map(([name, of]) => [name, Number(idOf(of))])),
  };
}
