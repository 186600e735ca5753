/** The string commands that count. */

import { err, wrongType } from "../../store/values/errors.ts";
import { INT64_MIN, narrow } from "../../store/values/integers.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { increx } from "./increx.ts";
import { integerAt, requiredFloatAt } from "../table/options.ts";

const command = commandsOf("string");

/** INCR, DECR and their kin: all of them tell `incrby`. */
function increment({ args, reply, store, client }: Context, by: number | bigint): void {
  reply.integer(store.strings.increment(client.db, args.at(1), by, "incrby"));
}

function decrby(context: Context): void {
  const by = integerAt(context.args, 2);
  if (by === INT64_MIN) throw err("decrement would overflow");
  increment(context, typeof by === "bigint" ? narrow(-by) : -by);
}

function incrbyfloat({ args, reply, store, client }: Context): void {
  const { strings, keyspace } = store;
  const key = args.at(1);
  const type = keyspace.find(client.db, key);
  if (type !== TYPE.NONE && type !== TYPE.STRING) throw wrongType();
  // The value is looked at before the increment, as the errors show.
  strings.float(client.db, key);
  const sum = strings.incrementFloat(client.db, key, requiredFloatAt(args, 2));
  const { effects } = store.engine;
  if (effects.active) effects.say(client.db, "SET", key, sum, "KEEPTTL");
  reply.text(sum);
}

/** INCR and its kin. */
export const counters: readonly Command[] = [
  command("DECR key", {
    since: "1.0.0",
    arity: 2,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "string",
    keys: ["1 RW access update"],
    summary: "Subtracts one from an integer; an absent key counts as 0.",
  }, (context) => increment(context, -1)),
  command("DECRBY key decrement", {
    since: "1.0.0",
    arity: 3,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "string",
    keys: ["1 RW access update"],
    summary: "Subtracts a number from an integer; an absent key counts as 0.",
  }, decrby),
  command("INCR key", {
    since: "1.0.0",
    arity: 2,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "string",
    keys: ["1 RW access update"],
    summary: "Adds one to an integer; an absent key counts as 0.",
  }, (context) => increment(context, 1)),
  command("INCRBY key increment", {
    since: "1.0.0",
    arity: 3,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "string",
    keys: ["1 RW access update"],
    summary: "Adds a number to an integer; an absent key counts as 0.",
  }, (context) => increment(context, integerAt(context.args, 2))),
  command("INCRBYFLOAT key increment", {
    since: "2.6.0",
    arity: 3,
    flags: "write denyoom fast",
    effects: "said",
    acl: "string",
    keys: ["1 RW access update"],
    summary: "Adds a number to a floating-point number; an absent key counts as 0.",
  }, incrbyfloat),
  command(
    "INCREX key [BYFLOAT increment | BYINT increment] [LBOUND lowerbound] [UBOUND upperbound] [SATURATE] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] [ENX]",
    {
      since: "8.8.0",
      arity: -2,
      flags: "write denyoom fast",
      effects: "said",
      acl: "string",
      keys: ["1 RW access update"],
      summary: "Adds to a number within bounds and sets its key's expiry.",
    },
    increx,
  ),
];
