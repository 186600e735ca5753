/**
 * The hash commands: https://redis.io/docs/latest/commands/?group=hash
 *
 * @module
 */

import type { Reply } from "../../resp/reply.ts";
import { err, syntaxError, wrongArity } from "../../store/values/errors.ts";
import type { FieldVisitor } from "../../store/hashes/hashes.ts";
import { addInt64, INT64_MAX, INT64_MIN, writeInteger } from "../../store/values/integers.ts";
import { addLongDoubles, formatLongDouble } from "../../store/values/long_double.ts";
import { Slice } from "../../store/values/slice.ts";
import { ChangedFields, fieldsChanged } from "./changed_fields.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { hashExpiry } from "./expiry.ts";
import { hashValues, writeValue } from "./values.ts";
import { himport } from "./himport.ts";
import { DrawnReply, drawsOutOfRange } from "../table/draws.ts";
import { integerAt, requiredFloatAt } from "../table/options.ts";
import { cursorOf, scanOptions, writeCursor } from "../keys/scan_options.ts";

const command = commandsOf("hash");

function hset(context: Context, name: "hset" | "hmset"): void {
  const { args, reply, store, client } = context;
  if (args.count % 2 !== 0) throw wrongArity(name);
  const { hashes } = store;
  const key = args.at(1);
  const c = hashes.edit(client.db, key) ?? hashes.create(client.db, key);
  hashes.expect(c, args.count / 2 - 1);
  let added = 0;
  for (let i = 2; i < args.count; i += 2) {
    if (hashes.set(c, args.at(i), args.at(i + 1))) added++;
  }
  fieldsChanged(context, "hset", 2, args.count, 2);
  if (name === "hset") reply.integer(added);
  else reply.ok();
}

function hsetnx(context: Context): void {
  const { args, reply, store, client } = context;
  const { hashes } = store;
  const key = args.at(1), field = args.at(2);
  const found = hashes.edit(client.db, key);
  if (found !== undefined && hashes.has(found, field)) return reply.integer(0);
  hashes.set(found ?? hashes.create(client.db, key), field, args.at(3));
  fieldsChanged(context, "hset", 2, 3, 1);
  reply.integer(1);
}

function hget({ args, reply, store, client }: Context): void {
  const { hashes } = store;
  writeValue(reply, hashes, hashes.read(client.db, args.at(1)), args.at(2));
}

function hmget({ args, reply, store, client }: Context): void {
  const { hashes } = store;
  const c = hashes.read(client.db, args.at(1));
  reply.array(args.count - 2);
  for (let i = 2; i < args.count; i++) writeValue(reply, hashes, c, args.at(i));
}

function hdel(context: Context): void {
  const { args, reply, store, client } = context;
  const { hashes, keyspace } = store;
  const key = args.at(1);
  const c = hashes.edit(client.db, key);
  const deleted = new ChangedFields(keyspace);
  if (c !== undefined) {
    for (let i = 2; i < args.count && c.length > 0; i++) {
      if (hashes.delete(c, args.at(i))) deleted.add(args.at(i));
    }
    deleted.tell(context, key, "hdel");
    if (c.length === 0) keyspace.removeEmpty(client.db, key, c);
  }
  reply.integer(deleted.count);
}

function hexists({ args, reply, store, client }: Context): void {
  const { hashes } = store;
  const c = hashes.read(client.db, args.at(1));
  reply.integer(c !== undefined && hashes.has(c, args.at(2)) ? 1 : 0);
}

function hlen({ args, reply, store, client }: Context): void {
  const { hashes } = store;
  const c = hashes.read(client.db, args.at(1));
  reply.integer(c === undefined ? 0 : hashes.count(c));
}

function hstrlen({ args, reply, store, client }: Context): void {
  const { hashes } = store;
  const c = hashes.read(client.db, args.at(1));
  const value = c && hashes.find(c, args.at(2));
  if (value === undefined) return reply.integer(0);
  reply.integer(value.length);
  hashes.release();
}

/** HGETALL, HKEYS and HVALS. */
function all(
  { args, reply, store, client }: Context,
  begin: (reply: Reply, length: number) => void,
  visit: (reply: Reply) => FieldVisitor,
): void {
  const { hashes } = store;
  const c = hashes.read(client.db, args.at(1));
  begin(reply, c === undefined ? 0 : hashes.count(c));
  if (c !== undefined) hashes.each(c, visit(reply));
}

const beginMap = (reply: Reply, length: number) => reply.map(length);
const beginArray = (reply: Reply, length: number) => reply.array(length);
const writePair = (reply: Reply): FieldVisitor => (field, value) => {
  reply.value(field);
  reply.value(value);
};
const writeField = (reply: Reply): FieldVisitor => (field) => reply.value(field);
const writeOnlyValue = (reply: Reply): FieldVisitor => (_field, value) => reply.value(value);

const DIGITS = new Slice(new Uint8Array(24));

function hincrby(context: Context): void {
  const { args, reply, store, client } = context;
  const { hashes } = store;
  const by = integerAt(args, 3);
  const key = args.at(1), field = args.at(2);
  const found = hashes.edit(client.db, key);
  const sum = addInt64(found === undefined ? 0 : hashes.integer(found, field), by);
  if (sum === undefined) throw err("increment or decrement would overflow");
  DIGITS.end = writeInteger(sum, DIGITS.bytes, 0);
  hashes.setKeepingExpiry(found ?? hashes.create(client.db, key), field, DIGITS);
  fieldsChanged(context, "hincrby", 2, 3, 1);
  reply.integer(sum);
}

const encoder = new TextEncoder();

function hincrbyfloat(context: Context): void {
  const { args, reply, store, client } = context;
  const { hashes } = store;
  const by = requiredFloatAt(args, 3);
  if (typeof by === "string") throw err("value is NaN or Infinity");
  const key = args.at(1), field = args.at(2);
  const found = hashes.edit(client.db, key);
  const sum = found === undefined ? by : addLongDoubles(hashes.float(found, field), by);
  if (sum === undefined || typeof sum === "string") {
    throw err("increment would produce NaN or Infinity");
  }
  const digits = encoder.encode(formatLongDouble(sum));
  const c = found ?? hashes.create(client.db, key);
  hashes.setKeepingExpiry(c, field, new Slice(digits));
  const { effects } = store.engine;
  if (effects.active) {
    // What HSET sets expires no more; HSETEX is younger.
    if (c.fieldsExpireAtMs === 0) effects.say(client.db, "HSET", key, field, digits);
    else effects.say(client.db, "HSETEX", key, "KEEPTTL", "FIELDS", 1, field, digits);
  }
  fieldsChanged(context, "hincrbyfloat", 2, 3, 1);
  reply.bulk(digits);
}

function hrandfield({ args, reply, store, client }: Context): void {
  const { hashes } = store;
  if (args.count === 2) {
    const c = hashes.read(client.db, args.at(1));
    const live = c === undefined ? 0 : hashes.count(c);
    if (c === undefined || live === 0) return reply.null();
    hashes.draws.distinct(c, live, 1, (field) => reply.value(field));
    return;
  }
  const count = drawCount(args);
  const withValues = args.count === 4;
  const c = hashes.read(client.db, args.at(1));
  const live = c === undefined ? 0 : hashes.count(c);
  const drawn = live === 0 ? 0 : count < 0 ? -count : Math.min(count, live);
  const inPairs = withValues && reply.protocol === 3;
  const size = count < 0 ? new DrawnReply(withValues ? 2 * drawn : drawn) : undefined;
  reply.array(withValues && !inPairs ? 2 * drawn : drawn);
  if (c === undefined || drawn === 0) return;
  const draw = count < 0 ? "repeated" : "distinct";
  hashes.draws[draw](c, live, drawn, (field, value) => {
    size?.add(withValues ? field.length + value.length : field.length);
    if (inPairs) reply.array(2);
    reply.value(field);
    if (withValues) reply.value(value);
  });
}

/** HRANDFIELD's count; a negative one asks for repetition. @throws {CommandError} */
function drawCount(args: Context["args"]): number {
  const count = integerAt(args, 2);
  if (count === INT64_MIN) {
    throw err(`value is out of range, value must between -${INT64_MAX} and ${INT64_MAX}`);
  }
  if (args.count > 4 || (args.count === 4 && !args.is(3, "WITHVALUES"))) throw syntaxError();
  const half = INT64_MAX / 2n;
  const outOfRange = args.count === 4 && (count < -half || count > half);
  if (outOfRange) throw drawsOutOfRange();
  return Number(count);
}

function hscan({ args, reply, store, client }: Context): void {
  const { hashes, cursors } = store;
  const cursor = cursorOf(args.text(2));
  const c = hashes.read(client.db, args.at(1));
  if (c === undefined) {
    writeCursor(reply, 0n);
    return reply.array(0);
  }
  const { count, glob, noValues } = scanOptions(args, 3, "hash");
  // The cursor comes before the fields, which are written as they are found.
  const from = cursors.position(cursor);
  const next = hashes.scanEnd(c, from, count);
  writeCursor(reply, cursors.cursor(next));
  const mark = reply.beginArray();
  let replies = 0;
  hashes.scan(c, from, count, (field, value) => {
    if (glob !== undefined) {
      const bytes = field.copy();
      if (!glob.matches(bytes, 0, bytes.length)) return;
    }
    reply.value(field);
    if (!noValues) reply.value(value);
    replies += noValues ? 1 : 2;
  });
  reply.endArray(mark, replies);
}

const READ = { flags: "readonly fast", acl: "hash", keys: ["1 RO access"] };
const READ_ALL = { ...READ, flags: "readonly", complexity: "O(N) in the number of fields" };
const WRITE = {
  flags: "write denyoom fast",
  effects: "itself",
  acl: "hash",
  keys: ["1 RW update"],
} as const;

/** All hash commands. */
export const hashes: readonly Command[] = [
  command("HDEL key field [field ...]", {
    since: "2.0.0",
    arity: -3,
    flags: "write fast",
    effects: "itself",
    acl: "hash",
    keys: ["1 RW delete"],
    complexity: "O(N) in the number of fields given",
    summary: "Deletes fields of a hash, and its key with the last one.",
  }, hdel),
  command("HEXISTS key field", {
    ...READ,
    since: "2.0.0",
    arity: 3,
    keys: ["1 RO"],
    summary: "Tells whether a hash has a field.",
  }, hexists),
  command("HGET key field", {
    ...READ,
    since: "2.0.0",
    arity: 3,
    summary: "Returns the value of a field.",
  }, hget),
  command("HGETALL key", {
    ...READ_ALL,
    since: "2.0.0",
    arity: 2,
    tips: "nondeterministic_output_order",
    summary: "Returns all fields and values of a hash.",
  }, (context) => all(context, beginMap, writePair)),
  himport,
  command("HINCRBY key field increment", {
    ...WRITE,
    since: "2.0.0",
    arity: 4,
    keys: ["1 RW access update"],
    summary: "Adds to the integer in a field; an absent field counts as 0.",
  }, hincrby),
  command("HINCRBYFLOAT key field increment", {
    ...WRITE,
    effects: "said",
    since: "2.6.0",
    arity: 4,
    keys: ["1 RW access update"],
    summary: "Adds to the floating-point number in a field; an absent field counts as 0.",
  }, hincrbyfloat),
  command("HKEYS key", {
    ...READ_ALL,
    since: "2.0.0",
    arity: 2,
    tips: "nondeterministic_output_order",
    summary: "Returns all fields of a hash.",
  }, (context) => all(context, beginArray, writeField)),
  command("HLEN key", {
    ...READ,
    since: "2.0.0",
    arity: 2,
    keys: ["1 RO"],
    summary: "Counts the fields of a hash.",
  }, hlen),
  command("HMGET key field [field ...]", {
    ...READ,
    since: "2.0.0",
    arity: -3,
    complexity: "O(N) in the number of fields given",
    summary: "Returns the values of several fields; nil for one that is not there.",
  }, hmget),
  command("HMSET key field value [field value ...]", {
    ...WRITE,
    since: "2.0.0",
    arity: -4,
    complexity: "O(N) in the number of fields given",
    summary: "Sets fields of a hash; HSET's old form, which replies OK.",
  }, (context) => hset(context, "hmset")),
  command("HRANDFIELD key [count [WITHVALUES]]", {
    ...READ,
    since: "6.2.0",
    arity: -2,
    flags: "readonly",
    tips: "nondeterministic_output",
    complexity: "O(N) in the number of fields returned",
    summary: "Returns random fields of a hash.",
  }, hrandfield),
  command("HSCAN key cursor [MATCH pattern] [COUNT count] [NOVALUES]", {
    ...READ,
    since: "2.8.0",
    arity: -3,
    flags: "readonly",
    tips: "nondeterministic_output",
    complexity: "O(1) for a call, O(N) for a whole walk",
    summary: "Walks the fields of a hash, some at each call.",
  }, hscan),
  command("HSET key field value [field value ...]", {
    ...WRITE,
    since: "2.0.0",
    arity: -4,
    complexity: "O(N) in the number of fields given",
    summary: "Sets fields of a hash, creating it if need be.",
  }, (context) => hset(context, "hset")),
  command("HSETNX key field value", {
    ...WRITE,
    since: "2.0.0",
    arity: 4,
    keys: ["1 RW insert"],
    summary: "Sets a field if it does not exist.",
  }, hsetnx),
  command("HSTRLEN key field", {
    ...READ,
    since: "3.2.0",
    arity: 3,
    keys: ["1 RO"],
    summary: "Returns the length of a field's value in bytes.",
  }, hstrlen),
  command("HVALS key", {
    ...READ_ALL,
    since: "2.0.0",
    arity: 2,
    tips: "nondeterministic_output_order",
    summary: "Returns all values of a hash.",
  }, (context) => all(context, beginArray, writeOnlyValue)),
  ...hashExpiry,
  ...hashValues,
];
