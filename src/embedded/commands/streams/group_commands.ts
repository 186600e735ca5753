/** The typed methods of the commands of a stream's groups and their consumers. */

import type { Data, Key, Many } from "../../data.ts";
import type { Value } from "../../running/value_reply.ts";
import { list, many } from "../given.ts";
import { CommandGroup } from "../group.ts";
import { checked, words } from "../option_words.ts";
import { type ConsumeOptions, type Consumption, startConsuming } from "./consumer.ts";
import {
  entriesOf,
  type EntryWithId,
  idOf,
  idsOf,
  messagesOf,
  type StreamEntry,
  type StreamMessage,
} from "./entries.ts";
import {
  type Autoclaimed,
  type PendingStreamEntry,
  type PendingSummary,
  type StreamPositions,
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
  XREADGROUP,
  XREADGROUP_WAIT,
  type XreadgroupOptions,
  type XreadgroupWaitOptions,
} from "./options.ts";
import type { StreamReferences } from "./trim_options.ts";
import { idWords, milliseconds, referencesWord, streamWords } from "./words.ts";

/**
 * The commands of groups; `V` is what names and values come back as. Ids are text: `"1700000000000-0"`.
 *
 * @example
 * ```ts
 * import { Redlite, type StreamGroupCommands } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const open = (groups: StreamGroupCommands<string>) => groups.xpending("orders", "billing").count;
 * db.xadd("orders", { total: 5 });
 * db.xgroup("create", "orders", "billing", "0");
 * console.log(open(db)); // 0
 * ```
 */
export abstract class StreamGroupCommands<V extends Data> extends CommandGroup<V> {
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
