/**
 * XRANGE, XREVRANGE and XREAD. XREAD waits by asking to be run again when one of its streams was
 * changed; `$` and `+` become ids before, so that they mean what they meant at first.
 *
 * @module
 */

import type { Arguments, Slice } from "../../resp/arguments.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Entry } from "../../store/streams/entry.ts";
import { LAST_AT } from "../../store/streams/facts.ts";
import {
  compareIds,
  copyId,
  decrement,
  formatId,
  ID_SIZE,
  ID_TEXT_SIZE,
  increment,
  MAX_ID,
  MIN_ID,
} from "../../store/streams/ids.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { int64At } from "../table/options.ts";
import { boundAt, countAt, FIRST, idAt, replyEntry, SECOND, streamToRead } from "./arguments.ts";

const command = commandsOf("stream");

/** XRANGE and XREVRANGE. */
function range(context: Context, down: boolean): void {
  const { args, reply, store } = context;
  const from = FIRST, to = SECOND;
  boundAt(args, down ? 3 : 2, from, false);
  boundAt(args, down ? 2 : 3, to, true);
  let count = Infinity;
  for (let i = 4; i < args.count; i += 2) {
    if (!args.is(i, "COUNT") || i + 1 === args.count) throw syntaxError();
    count = countAt(args, i + 1);
  }
  const stream = streamToRead(context);
  if (stream === undefined) return reply.array(0);
  if (count === 0) return reply.nullArray();
  const mark = reply.beginArray();
  let entries = 0;
  store.streams.range(stream, from, to, down, count, (entry) => {
    replyEntry(reply, entry);
    entries++;
    return true;
  });
  reply.endArray(mark, entries);
}

/** What XREAD and XREADGROUP are asked for, but for groups; one object, filled anew each time. */
export class ReadOptions {
  /** Index of the first key. */
  keys = 0;
  /** How many keys there are, and as many ids behind them. */
  streams = 0;
  /** Most entries of a stream. */
  count = Infinity;
  /** Most entries of all streams together. */
  maxCount = Infinity;
  /** Most bytes of names and values of all streams together. */
  maxSize = Infinity;
  /** Milliseconds to wait, undefined not to. */
  block: number | undefined;

  /** Forgets everything. */
  clear(): void {
    this.keys = this.streams = 0;
    this.count = this.maxCount = this.maxSize = Infinity;
    this.block = undefined;
  }

  /**
   * Reads the option at `index`.
   *
   * @param name The command's, for errors.
   * @returns How many arguments it takes; 0 if there is none.
   * @throws {CommandError}
   */
  read(args: Arguments, index: number, name: string, special: string): number {
    const more = args.count - 1 - index;
    if (more === 0) return 0;
    if (args.is(index, "BLOCK")) {
      this.block = millisecondsAt(args, index + 1);
      return 2;
    }
    if (args.is(index, "COUNT")) {
      this.count = countAt(args, index + 1) || Infinity;
      return 2;
    }
    if (args.is(index, "MAXCOUNT")) {
      this.maxCount = countAt(args, index + 1) || Infinity;
      return 2;
    }
    if (args.is(index, "MAXSIZE")) {
      this.maxSize = countAt(args, index + 1) || Infinity;
      return 2;
    }
    if (!args.is(index, "STREAMS")) return 0;
    if (more % 2 === 1) {
      throw err(
        `Unbalanced '${name}' list of streams: for each stream key an ID${special} must be specified.`,
      );
    }
    this.keys = index + 1;
    this.streams = more / 2;
    return args.count - index;
  }
}

/** The timeout in milliseconds at `index`; 0 is for ever. @throws {CommandError} */
function millisecondsAt(args: Arguments, index: number): number {
  const ms = int64At(args, index);
  if (ms === undefined) throw err("timeout is not an integer or out of range");
  if (ms < 0) throw err("timeout is negative");
  return Number(ms);
}

/** How much of what MAXCOUNT and MAXSIZE allow is left, over all streams of a command. */
export class Budget {
  #entries: number;
  #bytes: number;
  /** Whether nothing more may come. */
  spent = false;
  #any = false;

  /** @param options What the command was given. */
  constructor({ maxCount, maxSize }: ReadOptions) {
    this.#entries = maxCount;
    this.#bytes = maxSize;
  }

  /** Whether another entry may come. The first one may, however large it is. */
  allows(entry: Entry | undefined): boolean {
    if (this.#entries === Infinity && this.#bytes === Infinity) return true;
    let size = ID_SIZE;
    entry?.visit((_bytes, start, end) => size += end - start);
    this.spent = this.#entries < 1 || this.#any && this.#bytes < size;
    if (this.spent) return false;
    this.#any = true;
    this.#bytes -= size;
    this.spent = --this.#entries < 1;
    return true;
  }
}

/** The reply for when nothing came. */
export const nullArray = (reply: Reply): void => reply.nullArray();
const options = new ReadOptions();
/** For each stream, the id after which it is read. */
let afters = new Uint8Array(8 * ID_SIZE);

/** Works out after which id the stream of a rank is read. @throws {CommandError} */
function resolve(context: Context, rank: number, after: Uint8Array): void {
  const { args, store } = context;
  const { keys, streams } = options;
  const index = keys + streams + rank;
  const stream = streamToRead(context, keys + rank);
  if (args.is(index, "$")) {
    if (stream === undefined) copyId(MIN_ID, 0, after, 0);
    else copyId(stream.metadata, LAST_AT, after, 0);
  } else if (args.is(index, "+")) {
    // Before the last entry, so that it alone comes.
    if (stream === undefined || !store.streams.lastId(stream, after)) copyId(MIN_ID, 0, after, 0);
    else decrement(after);
  } else if (args.is(index, ">")) {
    throw err(
      "The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
    );
  } else {
    idAt(args, index, after);
  }
}

function xread(context: Context): void {
  const { args, reply, store } = context;
  options.clear();
  for (let i = 1; i < args.count;) {
    if (args.is(i, "GROUP") && i + 2 < args.count) {
      throw err("The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
    }
    if (args.is(i, "NOACK")) {
      throw err("The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
    }
    if (args.is(i, "CLAIM") && i + 1 < args.count) {
      throw err("The CLAIM option is only supported by XREADGROUP. You called XREAD instead.");
    }
    const taken = options.read(args, i, "xread", ", '+', or '$'");
    if (taken === 0) throw syntaxError();
    i += taken;
  }
  if (options.keys === 0) throw syntaxError();
  const { keys, streams } = options;
  if (afters.length < streams * ID_SIZE) afters = new Uint8Array(streams * ID_SIZE);
  for (let i = 0; i < streams; i++) {
    resolve(context, i, FIRST);
    copyId(FIRST, 0, afters, i * ID_SIZE);
  }
  const budget = new Budget(options);
  let mark = 0, served = 0;
  for (let i = 0; i < streams && !budget.spent; i++) {
    // Looked up, and counted, once more, as Redis does.
    const stream = streamToRead(context, keys + i);
    const from = FIRST, last = SECOND;
    copyId(afters, i * ID_SIZE, from, 0);
    const has = stream !== undefined && compareIds(stream.metadata, LAST_AT, from, 0) > 0 &&
      store.streams.lastId(stream, last) && compareIds(last, 0, from, 0) > 0;
    if (!has) continue;
    if (served++ === 0) mark = reply.beginArray();
    beginStream(reply, args.at(keys + i));
    increment(from);
    replyRange(context, stream, from, options.count, budget);
  }
  if (served === 0) return waitForEntries(context);
  reply.endArray(mark, served, true);
}

/** Writes entries from an id on. */
function replyRange(
  { reply, store }: Context,
  stream: Collection,
  from: Uint8Array,
  count: number,
  budget: Budget,
): void {
  const mark = reply.beginArray();
  let entries = 0;
  store.streams.range(stream, from, MAX_ID, false, count, (entry) => {
    if (!budget.allows(entry)) return false;
    replyEntry(reply, entry);
    entries++;
    return true;
  });
  reply.endArray(mark, entries);
}

/** Begins the reply of one of several streams, which its entries follow. */
export function beginStream(reply: Reply, { bytes, start, end }: Slice): void {
  if (reply.protocol === 2) reply.array(2);
  reply.bulk(bytes, start, end);
}

const encoder = new Uint8Array(ID_TEXT_SIZE);

/** Waits for an entry if BLOCK was given. `$` becomes what it means now, for the command runs again. */
function waitForEntries({ args, reply, client }: Context): void {
  const { keys, streams, block } = options;
  if (block === undefined) return reply.nullArray();
  for (let i = 0; i < streams; i++) {
    const index = keys + streams + i;
    if (!args.is(index, "$")) continue;
    const end = formatId(afters, i * ID_SIZE, encoder, 0);
    args.slot(index).set(encoder.slice(0, end), 0, end);
  }
  client.wait({
    keys: Array.from({ length: streams }, (_, i) => keys + i),
    type: TYPE.STREAM,
    timeoutMs: block,
    giveUp: nullArray,
  });
}

/** The commands that read entries, but for those of groups. */
export const readingCommands: readonly Command[] = [
  command("XRANGE key start end [COUNT count]", {
    since: "5.0.0",
    arity: -4,
    flags: "readonly",
    acl: "stream",
    keys: ["1 RO access"],
    complexity: "O(log N + M) in the numbers of the stream's entries and of those returned",
    summary: "Returns the entries between two ids.",
  }, (context) => range(context, false)),
  command(
    "XREAD [COUNT count] [MAXCOUNT maxcount] [MAXSIZE maxsize] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]",
    {
      since: "5.0.0",
      arity: -4,
      flags: "readonly blocking movablekeys",
      acl: "stream",
      keys: [{
        flags: ["RO", "access"],
        begin: { keyword: "STREAMS", startFrom: 1 },
        find: { lastKey: -1, step: 1, limit: 2 },
      }],
      complexity:
        "O(log N + M) for each stream, in the numbers of its entries and of those returned",
      summary: "Returns the entries after given ids of several streams; waits for some.",
    },
    xread,
  ),
  command("XREVRANGE key end start [COUNT count]", {
    since: "5.0.0",
    arity: -4,
    flags: "readonly",
    acl: "stream",
    keys: ["1 RO access"],
    complexity: "O(log N + M) in the numbers of the stream's entries and of those returned",
    summary: "Returns the entries between two ids, from the last to the first.",
  }, (context) => range(context, true)),
];
