/**
 * The subcommands of DEBUG that look at keys, or make some.
 *
 * @module
 */

import { blockFor } from "../../runtime/timers.ts";
import { err, noSuchKey } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import { Slice } from "../../store/values/slice.ts";
import { isOfExtension } from "../../store/extensions/key_types.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../table/command.ts";
import { dumpPayload } from "../keys/dump.ts";
import { valueEncoding } from "../keys/encoding_name.ts";
import { storeDigest, toHex, valueDigest } from "../keys/digest.ts";
import { asciiAt, boundedAt, int64At } from "../table/options.ts";

/** The type of the key at argument 2. @throws {CommandError} Without the key. */
function existing({ args, store, client }: Context): number {
  const type = store.keyspace.find(client.db, args.at(2));
  if (type === TYPE.NONE) throw noSuchKey();
  return type;
}

/** Where addresses of values begin, for those who parse one; a value has none. */
const ADDRESSES = 0x7f0000000000;

/** DEBUG OBJECT key. */
export function debugObject(context: Context): void {
  const { args, reply, store, client } = context;
  existing(context);
  const { keyspace, engine } = store;
  const { id } = keyspace.row;
  const encoding = valueEncoding(store);
  const size = serializedLength(store);
  const lru = Math.floor(engine.nowMs / 1000) & 0xffffff;
  const idle = keyspace.use.idleSeconds(client.db, args.at(2));
  reply.status(
    `Value at:0x${(ADDRESSES + id * 16).toString(16)} refcount:1 encoding:${encoding} ` +
      `serializedlength:${size} lru:${lru} lru_seconds_idle:${idle}`,
  );
}

/** Bytes of a value in a dump, without its type, version and checksum. */
function serializedLength(store: Store): number {
  const { type, id, length } = store.keyspace.row;
  // Of an extension that is not there nobody knows the form of dumps.
  if (isOfExtension(type) && store.extensions.type(type)?.dump === undefined) {
    return store.keyspace.elements.payloadBytes(type, id, length);
  }
  return (dumpPayload(store)?.length ?? FRAME) - FRAME;
}

/** Bytes of a dump around the value: type, version and checksum. */
const FRAME = 11;

/** DEBUG SDSLEN key. */
export function debugSdslen(context: Context): void {
  const { args, reply, store } = context;
  if (existing(context) !== TYPE.STRING || store.strings.encodingName() === "int") {
    throw err("Not an sds encoded string.");
  }
  const { length } = store.keyspace.row;
  const lengths = (name: string, size: number) =>
    `${name}_sds_len:${size}, ${name}_sds_avail:0, ${name}_zmalloc: ${size}`;
  reply.status(`${lengths("key", args.at(2).length)}, ${lengths("val", length)}`);
}

/** DEBUG LISTPACK key. */
export function debugListpack(context: Context): void {
  existing(context);
  throw err("Not a listpack encoded object.");
}

/** DEBUG HTSTATS-KEY key. */
export function debugHtstatsKey(context: Context): void {
  existing(context);
  throw err("The value stored at the specified key is not represented using an hash table");
}

/** DEBUG HTSTATS db. */
export function debugHtstats({ args, reply, store }: Context): void {
  const { databases, keyspace } = store;
  const db = boundedAt(args, 2, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  if (db < 0 || db >= databases.count) throw err("Out of range database");
  const table = (title: string, elements: number) =>
    `[${title}]\n` +
    (elements === 0
      ? ""
      : `Hash table 0 stats (main hash table):\n number of elements: ${elements}\n`);
  reply.verbatim(
    "txt",
    table("Dictionary HT", keyspace.facts.size(db)) + table("Expires HT", databases.expires(db)),
  );
}

/** DEBUG DIGEST. */
export function debugDigest({ reply, store }: Context): void {
  reply.status(toHex(storeDigest(store)));
}

/** DEBUG DIGEST-VALUE [key ...]. */
export function debugDigestValue({ args, reply, store, client }: Context): void {
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    reply.status(toHex(valueDigest(store, client.db, args.at(i))));
  }
}

const encoder = new TextEncoder();

/** DEBUG POPULATE count [prefix] [size]. */
export function debugPopulate({ args, reply, store, client }: Context): void {
  const positiveAt = (index: number, max: number) => {
    const value = int64At(args, index);
    if (value === undefined || value < 0 || value > max) {
      throw err("value is out of range, must be positive");
    }
    return Number(value);
  };
  const count = positiveAt(2, Number.MAX_SAFE_INTEGER);
  const prefix = args.count > 3 ? args.at(3).copy() : encoder.encode("key");
  const size = args.count > 4 ? positiveAt(4, MAX_POPULATED_SIZE) : 0;
  store.engine.writeTold();
  for (let i = 0; i < count; i++) {
    const suffix = encoder.encode(`:${i}`);
    const name = new Uint8Array(prefix.length + suffix.length);
    name.set(prefix);
    name.set(suffix, prefix.length);
    const key = new Slice(name);
    if (store.keyspace.find(client.db, key) !== TYPE.NONE) continue;
    let value = encoder.encode(`value:${i}`);
    if (size > 0) {
      const padded = new Uint8Array(size);
      padded.set(value.subarray(0, size));
      value = padded;
    }
    const slice = new Slice(value);
    store.strings.set(client.db, key, slice);
    const { effects } = store.engine;
    if (effects.active) effects.say(client.db, "SET", key, slice);
  }
  reply.ok();
}

/** Largest value DEBUG POPULATE makes, in bytes. */
const MAX_POPULATED_SIZE = 512 * 1024 * 1024;

/** DEBUG SLEEP seconds: everybody waits, as in Redis. */
export function debugSleep({ args, reply }: Context): void {
  const seconds = parseFloat(asciiAt(args, 2));
  if (seconds > 0) blockFor(seconds * 1000);
  reply.ok();
}
