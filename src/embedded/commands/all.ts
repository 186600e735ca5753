/** All typed methods in one class, and the same on the past. */

import { type Data, toText } from "../data.ts";
import type {
  Extension,
  ExtensionMethods,
  ExtensionReadMethods,
  MethodGroup,
} from "../extension.ts";
import { showAs } from "../shown.ts";
import { ArrayCommands } from "./arrays.ts";
import { BitmapCommands } from "./bitmaps.ts";
import { BlockingCommands } from "./blocking.ts";
import { CommandGroup, install } from "./group.ts";
import { HashCommands } from "./hashes.ts";
import { HistoryCommands, type Moment } from "./history.ts";
import { JsonCommands } from "./json/commands.ts";
import { KeyCommands } from "./keys.ts";
import { ListCommands } from "./lists.ts";
import { asMs } from "./option_words.ts";
import { PastRunner } from "./past.ts";
import { PubSubCommands } from "./pubsub.ts";
import type { ReadMethod } from "./read_methods.ts";
import { ScriptingCommands } from "./scripting.ts";
import { SearchCommands } from "./search/commands.ts";
import { SetCommands } from "./sets.ts";
import { SketchCommands } from "./sketches/commands.ts";
import { SortedSetCommands } from "./sorted_sets.ts";
import { StorageCommands } from "./storage.ts";
import { StreamCommands } from "./streams/commands.ts";
import { StreamGroupCommands } from "./streams/group_commands.ts";
import { StringCommands } from "./strings.ts";
import { TimeSeriesCommands } from "./time_series/commands.ts";

/**
 * The typed methods of all commands; `V` is what keys and values come back as.
 *
 * @example
 * ```ts
 * import { type Commands, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const bytes: Commands<Uint8Array> = db.bytes;
 * bytes.rpush("queue", new Uint8Array([1, 2]));
 * console.log(bytes.lpop("queue")); // Uint8Array(2) [ 1, 2 ]
 * ```
 */
export interface Commands<V extends Data>
  extends
    ArrayCommands<V>,
    BitmapCommands<V>,
    BlockingCommands<V>,
    ExtensionMethods<V>,
    HashCommands<V>,
    HistoryCommands<V>,
    JsonCommands<V>,
    KeyCommands<V>,
    ListCommands<V>,
    PubSubCommands<V>,
    ScriptingCommands<V>,
    SearchCommands<V>,
    SetCommands<V>,
    SketchCommands<V>,
    SortedSetCommands<V>,
    StorageCommands<V>,
    StreamCommands<V>,
    StreamGroupCommands<V>,
    StringCommands<V>,
    TimeSeriesCommands<V> {}

/** The class of them. */
export class Commands<V extends Data> extends CommandGroup<V> {
  static {
    showAs(Commands.prototype, (commands) => {
      const values = commands.decode === toText ? "text" : "bytes";
      return `Redlite (${commands.core.description}; values as ${values})`;
    });
  }

  /**
   * The selected database as it was at a moment, as far as its history tells: the methods that read.
   *
   * @throws {RedliteError} From the methods, if the history does not reach back to the moment.
   *
   * @example
   * ```ts
   * import { Redlite } from "@redlite/redlite";
   *
   * using db = Redlite.open(":memory:");
   * db.history.enable();
   * db.hset("user:1", "name", "Ada");
   * const then = Date.now();
   * await new Promise((resolve) => setTimeout(resolve, 5));
   * db.del("user:1");
   * console.log(db.at(then).hgetall("user:1").get("name")); // "Ada"
   * ```
   */
  at(moment: Moment): PastView<V> {
    return new Commands<V>(new PastRunner(this.core, asMs(moment)), this.decode);
  }
}

install(Commands, [
  ArrayCommands,
  BitmapCommands,
  BlockingCommands,
  HashCommands,
  HistoryCommands,
  JsonCommands,
  KeyCommands,
  ListCommands,
  PubSubCommands,
  ScriptingCommands,
  SearchCommands,
  SetCommands,
  SketchCommands,
  SortedSetCommands,
  StorageCommands,
  StreamCommands,
  StreamGroupCommands,
  StringCommands,
  TimeSeriesCommands,
]);

/**
 * What {@linkcode Commands.at} gives: the methods that read, as of a moment. What they find expired
 * is judged by that moment.
 *
 * @example
 * ```ts
 * import { type PastView, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * db.history.enable();
 * db.set("k", "v");
 * const now: PastView<string> = db.at(Date.now());
 * console.log(now.get("k")); // "v"
 * ```
 */
export type PastView<V extends Data> = Pick<Commands<V>, ReadMethod> & ExtensionReadMethods<V>;

const installed = new Set<MethodGroup>();

/** Gives all databases the methods of extensions, which tell where one has not the extension. */
export function installMethods(extensions: readonly Extension[]): void {
  for (const { methods } of extensions) {
    if (methods === undefined || installed.has(methods)) continue;
    install(Commands, [methods]);
    installed.add(methods);
  }
}
