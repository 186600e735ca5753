/** The commands on when fields of hashes expire. */

import { err } from "../../store/values/errors.ts";
import { ABSENT } from "../../store/hashes/rows.ts";
import { TYPE } from "../../store/file/schema.ts";
import { ChangedFields } from "./changed_fields.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { editedFields, fieldCount, fieldExpiryAt, type FieldRange, onlyFields } from "./fields.ts";
import { type ExpiryUnit, shownAt } from "../table/options.ts";

const command = commandsOf("hash");

/** What must hold for an expiry to be set. */
type Condition = "NX" | "XX" | "GT" | "LT";
const CONDITIONS: readonly Condition[] = ["NX", "XX", "GT", "LT"];

/** The replies for a field. */
const NO_FIELD = -2, NO_EXPIRY = -1, REFUSED = 0, DONE = 1, DELETED = 2;

/** Reads the condition and the fields, in any order. @throws {CommandError} */
function expireOptions(
  args: Context["args"],
): { fields: FieldRange; condition: Condition | undefined } {
  let fields: FieldRange | undefined;
  const conditions = new Set<Condition>();
  for (let i = 3; i < args.count; i++) {
    const condition = CONDITIONS.find((word) => args.is(i, word));
    if (condition !== undefined) {
      conditions.add(condition);
    } else if (args.is(i, "FIELDS")) {
      if (fields !== undefined) throw err("FIELDS keyword specified multiple times");
      if (i + 2 >= args.count) {
        throw err("FIELDS requires at least numfields and one field argument");
      }
      const count = fieldCount(args, i + 1, "Parameter `numFields` should be greater than 0");
      if (count > args.count - i - 2) throw err("wrong number of arguments");
      fields = { from: i + 2, to: i + 2 + count };
      i = fields.to - 1;
    } else {
      throw err(`unknown argument: ${shownAt(args, i)}`);
    }
  }
  if (fields === undefined) throw err("missing FIELDS argument");
  if (conditions.size > 1) throw err("Multiple condition flags specified");
  const [condition] = conditions;
  return { fields, condition };
}

/** Whether a condition holds for a field that now expires at `current`, 0 for never. */
function allows(condition: Condition | undefined, current: number, expiresAtMs: number): boolean {
  if (condition === undefined) return true;
  if (current === 0) return condition === "NX" || condition === "LT";
  if (condition === "GT") return expiresAtMs > current;
  if (condition === "LT") return expiresAtMs < current;
  return condition === "XX";
}

function hexpire(context: Context, unit: ExpiryUnit, name: string): void {
  const { args, reply, store, client } = context;
  const { hashes, keyspace, engine } = store;
  const { db } = client;
  const key = args.at(1);
  // A wrong type comes before wrong arguments, and expired fields are deleted after both.
  keyspace.findCollection(db, key, TYPE.HASH);
  const expiresAtMs = fieldExpiryAt(args, 2, unit, name, engine.nowMs);
  const { fields: { from, to }, condition } = expireOptions(args);
  const c = hashes.edit(db, key);
  reply.array(to - from);
  if (c === undefined) {
    for (let i = from; i < to; i++) reply.integer(NO_FIELD);
    return;
  }
  const past = expiresAtMs <= engine.expiryMs;
  const changed = new ChangedFields(keyspace, engine.effects.active);
  hashes.expiry.prepare(c);
  for (let i = from; i < to; i++) {
    const field = args.at(i);
    const current = hashes.expiry.of(c, field);
    if (current === ABSENT) {
      reply.integer(NO_FIELD);
    } else if (!allows(condition, current, expiresAtMs)) {
      reply.integer(REFUSED);
    } else {
      if (past) hashes.delete(c, field);
      else hashes.expiry.set(c, field, expiresAtMs);
      changed.add(field);
      reply.integer(past ? DELETED : DONE);
    }
  }
  changed.tell(context, key, past ? "hdel" : "hexpire");
  changed.sayExpiry(context, key, past ? "past" : expiresAtMs);
  if (c.length === 0) keyspace.removeEmpty(db, key, c);
}

/** HTTL and its kin: -2 without the field, -1 without an expiry. */
function expiry(
  { args, reply, store, client }: Context,
  convert: (expiresAtMs: number, nowMs: number) => number,
): void {
  const { hashes, engine } = store;
  const c = hashes.read(client.db, args.at(1));
  const { from, to } = onlyFields(args);
  reply.array(to - from);
  for (let i = from; i < to; i++) {
    const expiresAtMs = c === undefined ? ABSENT : hashes.expiry.of(c, args.at(i));
    if (expiresAtMs === ABSENT) reply.integer(NO_FIELD);
    else if (expiresAtMs === 0) reply.integer(NO_EXPIRY);
    else reply.integer(convert(expiresAtMs, engine.nowMs));
  }
}

const seconds = (ms: number) => Math.ceil(ms / 1000);

function hpersist(context: Context): void {
  const { args, reply, store } = context;
  const { hashes, keyspace } = store;
  const { from, to, key, c } = editedFields(context);
  const persisted = new ChangedFields(keyspace);
  reply.array(to - from);
  for (let i = from; i < to; i++) {
    const field = args.at(i);
    const current = c === undefined ? ABSENT : hashes.expiry.of(c, field);
    if (c === undefined || current === ABSENT) {
      reply.integer(NO_FIELD);
    } else if (current === 0) {
      reply.integer(NO_EXPIRY);
    } else {
      hashes.expiry.set(c, field, 0);
      persisted.add(field);
      reply.integer(DONE);
    }
  }
  persisted.tell(context, key, "hpersist");
}

const OPTIONS = "[NX | XX | GT | LT] FIELDS numfields field [field ...]";
const FIELDS = "FIELDS numfields field [field ...]";

const COMMON = {
  since: "7.4.0",
  acl: "hash",
  complexity: "O(N) in the number of fields given",
};
const EXPIRE = {
  ...COMMON,
  arity: -6,
  flags: "write denyoom fast",
  effects: "said",
  keys: ["1 RW update"],
} as const;
const READ = { ...COMMON, arity: -5, flags: "readonly fast", keys: ["1 RO access"] };

/** HEXPIRE, HTTL, HPERSIST and their kin. */
export const hashExpiry: readonly Command[] = [
  command(`HEXPIRE key seconds ${OPTIONS}`, {
    ...EXPIRE,
    summary: "Makes fields expire in a number of seconds.",
  }, (context) => hexpire(context, "EX", "hexpire")),
  command(`HEXPIREAT key unix-time-seconds ${OPTIONS}`, {
    ...EXPIRE,
    summary: "Makes fields expire at a Unix time in seconds.",
  }, (context) => hexpire(context, "EXAT", "hexpireat")),
  command(`HEXPIRETIME key ${FIELDS}`, {
    ...READ,
    summary: "Returns the Unix times in seconds at which fields expire.",
  }, (context) => expiry(context, seconds)),
  command(`HPERSIST key ${FIELDS}`, {
    ...COMMON,
    arity: -5,
    flags: "write fast",
    effects: "itself",
    keys: ["1 RW update"],
    summary: "Removes the expiry of fields.",
  }, hpersist),
  command(`HPEXPIRE key milliseconds ${OPTIONS}`, {
    ...EXPIRE,
    summary: "Makes fields expire in a number of milliseconds.",
  }, (context) => hexpire(context, "PX", "hpexpire")),
  command(`HPEXPIREAT key unix-time-milliseconds ${OPTIONS}`, {
    ...EXPIRE,
    summary: "Makes fields expire at a Unix time in milliseconds.",
  }, (context) => hexpire(context, "PXAT", "hpexpireat")),
  command(`HPEXPIRETIME key ${FIELDS}`, {
    ...READ,
    summary: "Returns the Unix times in milliseconds at which fields expire.",
  }, (context) => expiry(context, (expiresAtMs) => expiresAtMs)),
  command(`HPTTL key ${FIELDS}`, {
    ...READ,
    summary: "Returns the milliseconds until fields expire.",
  }, (context) => expiry(context, (expiresAtMs, nowMs) => expiresAtMs - nowMs)),
  command(`HTTL key ${FIELDS}`, {
    ...READ,
    summary: "Returns the seconds until fields expire.",
  }, (context) => expiry(context, (expiresAtMs, nowMs) => seconds(expiresAtMs - nowMs))),
];
