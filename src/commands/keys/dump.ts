/**
 * DUMP and RESTORE: values as Redis's RDB format has them, so that they travel between Redlite and
 * Redis in both directions. What DUMP writes Redis 7.0 reads, save where it has no such value.
 *
 * @module
 */

import { NEW_COUNTER } from "../../store/keys/access_clock.ts";
import { HASH_ENCODING, SET_ENCODING, ZSET_ENCODING } from "../../store/collections/encodings.ts";
import { CommandError, err, syntaxError } from "../../store/values/errors.ts";
import { RDB_TYPE } from "../../store/rdb/format.ts";
import { readDump } from "../../store/rdb/reader.ts";
import type { DumpVisitor } from "../../store/rdb/visitor.ts";
import { DumpWriter } from "../../store/rdb/writer.ts";
import type { Collection } from "../../store/collections/collection.ts";
import type { Column } from "../../store/values/column.ts";
import { isOfRedis, TYPE } from "../../store/file/schema.ts";
import { isSketch } from "../../store/file/sketch_tables.ts";
import { isOfExtension } from "../../store/extensions/key_types.ts";
import { Slice } from "../../store/values/slice.ts";
import type { Store } from "../../store/store.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { sayDeleted } from "../table/effects.ts";
import { integerAt } from "../table/options.ts";
import { dumpOfExtension } from "./dump_extension.ts";
import { dumpJson } from "./dump_json.ts";
import { dumpSketch } from "./dump_sketches.ts";
import { dumpSeries } from "./dump_series.ts";
import { dumpSuggestions } from "./dump_suggestions.ts";
import { dumpStream } from "./dump_stream.ts";
import { Restorer } from "./restorer.ts";

const command = commandsOf("generic");

/** Copies columns aside, for a writer that takes slices. */
class Aside {
  readonly #slice = new Slice(new Uint8Array(256));

  /** The column's bytes, valid until the next call. */
  of(column: Column): Slice {
    const { length } = column;
    const slice = this.#slice;
    if (length > slice.bytes.length) slice.bytes = new Uint8Array(2 * length);
    slice.start = 0;
    slice.end = length;
    column.copyInto(slice.bytes, 0);
    return slice;
  }
}

/** Writes all payloads, one after the other. */
const shared = new DumpWriter();

/**
 * The payload of the key the keyspace found last, valid until the next call; undefined if all it
 * held has expired.
 *
 * @param laterMs By how much later its fields shall expire than they do.
 * @param own Whether nobody but Redlite reads it, so that it may be as new as it likes.
 * @throws {CommandError} If the format has no such value.
 */
export function dumpPayload(store: Store, laterMs = 0, own = false): Slice | undefined {
  const { type, collection } = store.keyspace.row;
  const writer = shared;
  if (type === TYPE.STRING) {
    writer.begin("string");
    writer.string(store.strings.loaded().materialize());
    return writer.finish();
  }
  if (collection === undefined) return undefined;
  if (isOfExtension(type)) return dumpOfExtension(store, collection);
  if (type === TYPE.JSON) return dumpJson(store, collection);
  if (type === TYPE.SUGGESTIONS) return dumpSuggestions(store, collection);
  if (isSketch(type)) return dumpSketch(store, collection, own);
  if (type === TYPE.TIME_SERIES) return dumpSeries(store, collection, own);
  return writeCollection(store, writer, collection, laterMs, own) ? writer.finish() : undefined;
}

/** Writes a collection's elements. @returns Whether there were any. */
function writeCollection(
  store: Store,
  writer: DumpWriter,
  collection: Collection,
  laterMs: number,
  own: boolean,
): boolean {
  const { type, encoding, length, fieldsExpireAtMs } = collection;
  const first = new Aside(), second = new Aside();
  let count = 0;
  switch (type) {
    case TYPE.LIST:
      writer.begin("list");
      store.lists.each(collection, 0, length, (value) => {
        writer.element(first.of(value));
        count++;
      });
      break;
    case TYPE.SET:
      writer.begin("set", { compact: encoding === SET_ENCODING.INTSET });
      store.sets.each(collection, (member) => {
        writer.member(first.of(member));
        count++;
      });
      break;
    case TYPE.ZSET:
      writer.begin("zset", { compact: encoding === ZSET_ENCODING.LISTPACK });
      store.sortedSets.each(collection, (member, score) => {
        writer.scored(first.of(member), score);
        count++;
      });
      break;
    case TYPE.HASH:
      writer.begin("hash", {
        compact: encoding === HASH_ENCODING.LISTPACK,
        earliestExpiryMs: fieldsExpireAtMs === 0 ? undefined : fieldsExpireAtMs + laterMs,
      });
      store.hashes.each(collection, (field, value, expiresAtMs) => {
        const later = expiresAtMs === 0 ? 0 : expiresAtMs + laterMs;
        writer.field(first.of(field), second.of(value), later);
        count++;
      });
      break;
    case TYPE.ARRAY:
      writer.begin("array", { lastInserted: store.arrays.lastInserted(collection) });
      store.arrays.each(collection, (index, value) => {
        writer.indexed(index, first.of(value));
        count++;
      });
      break;
    case TYPE.STREAM:
      dumpStream(store, writer, collection, own);
      return true;
    default:
      throw err("DUMP of this type is not supported");
  }
  return count > 0;
}

function dump({ args, reply, store, client }: Context): void {
  const found = store.keyspace.read(client.db, args.at(1)) !== TYPE.NONE;
  const payload = found ? dumpPayload(store) : undefined;
  if (payload === undefined) reply.null();
  else reply.bulk(payload.bytes, payload.start, payload.end);
}

/** Is told of a payload that is only to be checked. */
const NOBODY: DumpVisitor = {
  module: () => {},
  begin: () => {},
  string: () => {},
  element: () => {},
  member: () => {},
  scored: () => {},
  field: () => {},
  insertedLast: () => {},
  indexed: () => {},
  indexedDouble: () => {},
  streamEntry: () => {},
  streamFacts: () => {},
  streamGroup: () => {},
  streamConsumer: () => {},
  streamPending: () => {},
};

/**
 * Says what was restored, with the time at which it expires. A stream in a newer layout is told in one
 * that every server reads, and once more as it came to those who are told all.
 */
function sayRestored(
  { args, store, client: { db } }: Context,
  type: number,
  expiresAtMs: number,
  { idleSeconds, frequency }: RestoreOptions,
): void {
  const { engine: { effects }, keyspace } = store;
  if (!effects.active) return;
  const key = args.at(1), payload = args.at(3);
  // Who follows and has no such type must not keep what the key held before.
  if (!isOfRedis(type) && keyspace.replaced !== TYPE.NONE) effects.say(db, "DEL", key);
  const use = idleSeconds !== undefined
    ? ["IDLETIME", idleSeconds]
    : frequency !== undefined
    ? ["FREQ", frequency]
    : [];
  const say = (name: string, value: Slice) =>
    effects.say(
      db,
      name,
      key,
      expiresAtMs,
      value,
      "REPLACE",
      ...use,
      ...(expiresAtMs === 0 ? [] : ["ABSTTL"]),
    );
  const layout = payload.bytes[payload.start] ?? 0;
  if (type !== TYPE.STREAM || layout <= RDB_TYPE.STREAM_2) return say("RESTORE", payload);
  keyspace.find(db, key);
  const plain = plainPayload(store);
  if (plain === undefined) sayDeleted(store, db, key);
  else say("RESTORE", plain);
  // By small letters, which the stream for others leaves out.
  say("restore", payload);
}

/** The payload that every server reads; undefined if there is none of the value. */
function plainPayload(store: Store): Slice | undefined {
  try {
    return dumpPayload(store);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return undefined;
  }
}

function restore(context: Context): void {
  const { args, reply, store, client } = context;
  const { keyspace, engine } = store;
  const { db } = client;
  const options = restoreOptions({ args });
  const key = args.at(1);
  if (!options.replace && keyspace.find(db, key) !== TYPE.NONE) {
    throw new CommandError("BUSYKEY Target key name already exists.");
  }
  const ttl = integerAt(args, 2);
  if (ttl < 0) throw err("Invalid TTL value, must be >= 0");
  const farthest = BigInt(Number.MAX_SAFE_INTEGER);
  const at = BigInt(ttl) + (options.absolute || ttl === 0 ? 0n : BigInt(engine.nowMs));
  const expiresAtMs = Number(at > farthest ? farthest : at);
  if (expiresAtMs !== 0 && expiresAtMs <= engine.expiryMs) {
    readDump(args.at(3), NOBODY);
    if (keyspace.delete(db, key)) sayDeleted(store, db, key);
    return reply.ok();
  }
  const restorer = new Restorer(store, db, key, expiresAtMs);
  readDump(args.at(3), restorer);
  restorer.finish();
  restoreUse(store, db, key, options);
  restorer.tell();
  sayRestored(context, restorer.type, expiresAtMs, options);
  reply.ok();
}

/** Notes when or how often the key was used, whichever the eviction policy goes by. */
function restoreUse({ keyspace }: Store, db: number, key: Slice, options: RestoreOptions): void {
  const { idleSeconds, frequency } = options;
  if (keyspace.clock.counting) {
    // What is restored over another value is a new one all the same.
    keyspace.use.setFrequency(db, key, frequency ?? NEW_COUNTER);
  } else if (idleSeconds !== undefined) {
    keyspace.use.setIdle(db, key, idleSeconds);
  }
}

interface RestoreOptions {
  replace: boolean;
  absolute: boolean;
  idleSeconds?: number;
  frequency?: number;
}

function restoreOptions({ args }: Pick<Context, "args">): RestoreOptions {
  const options: RestoreOptions = { replace: false, absolute: false };
  for (let i = 4; i < args.count; i++) {
    const hasNext = i + 1 < args.count;
    if (args.is(i, "REPLACE")) {
      options.replace = true;
    } else if (args.is(i, "ABSTTL")) {
      options.absolute = true;
    } else if (args.is(i, "IDLETIME") && hasNext && options.frequency === undefined) {
      options.idleSeconds = Number(integerAt(args, ++i));
      if (options.idleSeconds < 0) throw err("Invalid IDLETIME value, must be >= 0");
    } else if (args.is(i, "FREQ") && hasNext && options.idleSeconds === undefined) {
      options.frequency = Number(integerAt(args, ++i));
      if (options.frequency < 0 || options.frequency > 255) {
        throw err("Invalid FREQ value, must be >= 0 and <= 255");
      }
    } else {
      throw syntaxError();
    }
  }
  return options;
}

const RESTORE_ARGUMENTS =
  "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]";

const RESTORE_FACTS = {
  arity: -4,
  effects: "said",
  acl: "keyspace dangerous",
  keys: ["1 OW update"],
  complexity: "O(N) in the size of the value; O(N*log(N)) for a sorted set",
} as const;

/** DUMP and RESTORE, also by the name under which nodes of clusters send it to each other. */
export const dumping: readonly Command[] = [
  command("DUMP key", {
    since: "2.6.0",
    arity: 2,
    flags: "readonly",
    acl: "keyspace",
    tips: "nondeterministic_output",
    keys: ["1 RO access"],
    complexity: "O(N) in the size of the value",
    summary: "Returns a key's value in a form that RESTORE takes.",
  }, dump),
  command(`RESTORE ${RESTORE_ARGUMENTS}`, {
    ...RESTORE_FACTS,
    since: "2.6.0",
    flags: "write denyoom",
    summary: "Makes a key out of what DUMP returned.",
  }, restore),
  commandsOf("server")(`RESTORE-ASKING ${RESTORE_ARGUMENTS}`, {
    ...RESTORE_FACTS,
    since: "3.0.0",
    flags: "write denyoom asking",
    summary: "Of a cluster: RESTORE, also where the key's slot is being imported.",
  }, restore),
];
