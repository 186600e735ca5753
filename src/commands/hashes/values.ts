/** The commands that read or write values of hashes and do something to their fields beside. */

import type { Reply } from "../../resp/reply.ts";
import type { Collection } from "../../store/collections/collection.ts";
import { err } from "../../store/values/errors.ts";
import type { Hashes } from "../../store/hashes/hashes.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Slice } from "../../store/values/slice.ts";
import { ChangedFields, fieldsChanged, sayExpiryOfFields } from "./changed_fields.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { editedFields, fieldCount, fieldExpiryAt, type FieldRange } from "./fields.ts";
import { type ExpiryUnit, shownAt } from "../table/options.ts";

const command = commandsOf("hash");

/** Writes a field's value, null if it or its hash is not there. */
export function writeValue(
  reply: Reply,
  hashes: Hashes,
  c: Collection | undefined,
  field: Slice,
): void {
  const value = c && hashes.find(c, field);
  if (value === undefined) return reply.null();
  try {
    reply.value(value);
  } finally {
    hashes.release();
  }
}

const UNITS: readonly ExpiryUnit[] = ["EX", "PX", "EXAT", "PXAT"];

/** The options of HGETEX and HSETEX. */
interface ValueOptions {
  /** The fields; HSETEX's values stand between them. */
  fields: FieldRange;
  /** When the fields shall expire, Unix time in milliseconds. */
  expiresAtMs: number | undefined;
  /** HGETEX's PERSIST, HSETEX's KEEPTTL. */
  other: boolean;
  /** HSETEX: whether all fields or none of them must exist. */
  condition: "FNX" | "FXX" | undefined;
}

/**
 * Reads the options from argument 2 on, in any order.
 *
 * @param other The word that stands in place of an expiry.
 * @param size Arguments a field has: 2 with its value.
 * @throws {CommandError}
 */
function valueOptions(
  { args, store }: Context,
  name: string,
  other: "PERSIST" | "KEEPTTL",
  size: 1 | 2,
): ValueOptions {
  let fields: FieldRange | undefined;
  let expiresAtMs: number | undefined;
  let hasOther = false;
  let condition: "FNX" | "FXX" | undefined;
  for (let i = 2; i < args.count; i++) {
    const unit = UNITS.find((word) => args.is(i, word));
    if (args.is(i, "FIELDS")) {
      if (fields !== undefined) throw err("FIELDS keyword specified multiple times");
      if (i + 1 >= args.count) throw err("wrong number of arguments");
      const count = fieldCount(args, i + 1, "invalid number of fields");
      if (count * size > args.count - i - 2) throw err("wrong number of arguments");
      fields = { from: i + 2, to: i + 2 + count * size };
      i = fields.to - 1;
    } else if (unit !== undefined || args.is(i, other)) {
      if (expiresAtMs !== undefined || hasOther) {
        throw err(`Only one of EX, PX, EXAT, PXAT or ${other} arguments can be specified`);
      }
      if (unit === undefined) {
        hasOther = true;
      } else {
        if (++i >= args.count) throw err("missing expire time");
        expiresAtMs = fieldExpiryAt(args, i, unit, name, store.engine.nowMs);
      }
    } else if (size === 2 && (args.is(i, "FNX") || args.is(i, "FXX"))) {
      if (condition !== undefined) {
        throw err("Only one of FXX or FNX arguments can be specified");
      }
      condition = args.is(i, "FNX") ? "FNX" : "FXX";
    } else {
      throw err(`unknown argument: ${shownAt(args, i)}`);
    }
  }
  if (fields === undefined) throw err("missing FIELDS argument");
  return { fields, expiresAtMs, other: hasOther, condition };
}

function hgetdel(context: Context): void {
  const { args, reply, store, client } = context;
  const { hashes, keyspace } = store;
  const { db } = client;
  const { from, to, key, c } = editedFields(context);
  const deleted = new ChangedFields(keyspace);
  reply.array(to - from);
  for (let i = from; i < to; i++) {
    writeValue(reply, hashes, c, args.at(i));
    if (c !== undefined && hashes.delete(c, args.at(i))) deleted.add(args.at(i));
  }
  deleted.tell(context, key, "hdel");
  if (deleted.count > 0) sayFieldExpiry(context, from, to, "past");
  if (c?.length === 0) keyspace.removeEmpty(db, key, c);
}

function hgetex(context: Context): void {
  const { args, reply, store, client } = context;
  const { hashes, keyspace, engine } = store;
  const { db } = client;
  const key = args.at(1);
  // A wrong type comes before wrong arguments.
  keyspace.findCollection(db, key, TYPE.HASH);
  const { fields: { from, to }, expiresAtMs, other: persist } = valueOptions(
    context,
    "hgetex",
    "PERSIST",
    1,
  );
  const c = hashes.edit(db, key);
  reply.array(to - from);
  const past = expiresAtMs !== undefined && expiresAtMs <= engine.expiryMs;
  if (c !== undefined && (expiresAtMs !== undefined || persist)) hashes.expiry.prepare(c);
  const changed = new ChangedFields(keyspace);
  for (let i = from; i < to; i++) {
    const field = args.at(i);
    writeValue(reply, hashes, c, field);
    if (c === undefined || (expiresAtMs === undefined && !persist)) continue;
    if (past) {
      if (hashes.delete(c, field)) changed.add(field);
    } else if (expiresAtMs === undefined ? hashes.expiry.of(c, field) > 0 : hashes.has(c, field)) {
      hashes.expiry.set(c, field, expiresAtMs ?? 0);
      changed.add(field);
    }
  }
  changed.tell(context, key, persist ? "hpersist" : past ? "hdel" : "hexpire");
  if (changed.count > 0) sayFieldExpiry(context, from, to, past ? "past" : expiresAtMs ?? 0);
  if (c?.length === 0) keyspace.removeEmpty(db, key, c);
}

function hsetex(context: Context): void {
  const { args, reply, store, client } = context;
  const { hashes, keyspace, engine } = store;
  const { db } = client;
  const key = args.at(1);
  const { fields: { from, to }, expiresAtMs, other: keep, condition } = valueOptions(
    context,
    "hsetex",
    "KEEPTTL",
    2,
  );
  const found = hashes.edit(db, key);
  if (condition !== undefined) {
    for (let i = from; i < to; i += 2) {
      const exists = found !== undefined && hashes.has(found, args.at(i));
      if (exists === (condition === "FNX")) return reply.integer(0);
    }
  }
  const c = found ?? hashes.create(db, key);
  hashes.expect(c, (to - from) / 2);
  if (expiresAtMs !== undefined) hashes.expiry.prepare(c);
  const past = expiresAtMs !== undefined && expiresAtMs <= engine.expiryMs;
  for (let i = from; i < to; i += 2) {
    const field = args.at(i), value = args.at(i + 1);
    if (keep) hashes.setKeepingExpiry(c, field, value);
    else hashes.set(c, field, value, past ? 0 : expiresAtMs);
  }
  fieldsChanged(context, "hset", from, to, 2);
  if (past) { for (let i = from; i < to; i += 2) hashes.delete(c, args.at(i)); }
  if (expiresAtMs !== undefined) fieldsChanged(context, past ? "hdel" : "hexpire", from, to, 2);
  if (engine.effects.active) {
    saySetFields(context, from, to, past ? "past" : keep ? "keep" : expiresAtMs);
  }
  if (c.length === 0) keyspace.removeEmpty(db, key, c);
  reply.integer(1);
}

/** Says when fields that are arguments expire: 0 for never, `past` if they are deleted. */
function sayFieldExpiry(
  { args, store: { engine: { effects } }, client: { db } }: Context,
  from: number,
  to: number,
  expiry: number | "past",
): void {
  if (!effects.active) return;
  sayExpiryOfFields(
    effects,
    db,
    args.at(1),
    Array.from({ length: to - from }, (_, i) => args.at(from + i)),
    expiry,
  );
}

/** Says that fields were set, and when they expire. */
function saySetFields(
  { args, store: { engine: { effects } }, client: { db } }: Context,
  from: number,
  to: number,
  expiry: number | "past" | "keep" | undefined,
): void {
  const words: Slice[] = [];
  for (let i = from; i < to; i += expiry === "past" ? 2 : 1) words.push(args.at(i));
  const key = args.at(1), count = (to - from) / 2;
  if (expiry === "past") effects.sayAll(db, ["HDEL", key], words);
  else if (expiry === undefined) effects.sayAll(db, ["HSET", key], words);
  else if (expiry === "keep") {
    effects.sayAll(db, ["HSETEX", key, "KEEPTTL", "FIELDS", count], words);
  } else {
    effects.sayAll(db, ["HSETEX", key, "PXAT", expiry, "FIELDS", count], words);
  }
}

const EXPIRY =
  "EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds";

const COMMON = {
  since: "8.0.0",
  acl: "hash",
  complexity: "O(N) in the number of fields given",
};

/** HGETDEL, HGETEX and HSETEX. */
export const hashValues: readonly Command[] = [
  command("HGETDEL key FIELDS numfields field [field ...]", {
    ...COMMON,
    arity: -5,
    flags: "write fast",
    effects: "said",
    keys: ["1 RW access delete"],
    summary: "Returns the values of fields and deletes them.",
  }, hgetdel),
  command(`HGETEX key [${EXPIRY} | PERSIST] FIELDS numfields field [field ...]`, {
    ...COMMON,
    arity: -5,
    flags: "write fast",
    effects: "said",
    keys: [{
      flags: ["RW", "access", "update"],
      begin: { index: 1 },
      find: { lastKey: 0, step: 1, limit: 0 },
      notes: "RW and UPDATE because it changes the TTL",
    }],
    summary: "Returns the values of fields and sets or removes their expiry.",
  }, hgetex),
  command(
    `HSETEX key [FNX | FXX] [${EXPIRY} | KEEPTTL] FIELDS numfields field value [field value ...]`,
    {
      ...COMMON,
      arity: -6,
      flags: "write denyoom fast",
      effects: "said",
      keys: ["1 RW update"],
      summary: "Sets fields of a hash and their expiry.",
    },
    hsetex,
  ),
];
