/** The commands on parts of strings: how long they are, their ranges, what is behind their end. */

import { err } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { integerAt, positionAt } from "../table/options.ts";

const command = commandsOf("string");

function append({ args, reply, store, client }: Context): void {
  reply.integer(store.strings.append(client.db, args.at(1), args.at(2)));
}

function strlen({ args, reply, store, client }: Context): void {
  reply.integer(store.strings.get(client.db, args.at(1))?.length ?? 0);
}

function setrange({ args, reply, store, client }: Context): void {
  const offset = integerAt(args, 2);
  if (offset < 0) throw err("offset is out of range");
  reply.integer(
    store.strings.setRange(client.db, args.at(1), Number(offset), args.at(3)),
  );
}

function getrange({ args, reply, store, client }: Context): void {
  const start = positionAt(args, 2);
  const end = positionAt(args, 3);
  // Two positions before any byte, the later one first, are told apart only before they are cut.
  const reversed = start < 0 && end < 0 && integerAt(args, 2) > integerAt(args, 3);
  const value = store.strings.getRange(client.db, args.at(1), start, reversed ? start - 1 : end);
  if (value === undefined) reply.bulk(EMPTY);
  else reply.value(value);
}

const EMPTY = new Uint8Array(0);

/** APPEND, STRLEN, GETRANGE and SETRANGE. */
export const parts: readonly Command[] = [
  command("APPEND key value", {
    since: "2.0.0",
    arity: 3,
    flags: "write denyoom fast",
    effects: "itself",
    acl: "string",
    keys: ["1 RW insert"],
    summary: "Appends bytes to a string, creating it if need be.",
  }, append),
  command("GETRANGE key start end", {
    since: "2.4.0",
    arity: 4,
    flags: "readonly",
    acl: "string",
    keys: ["1 RO access"],
    complexity: "O(N) in the length of the part returned",
    summary: "Returns a part of a string, both ends included.",
  }, getrange),
  command("SETRANGE key offset value", {
    since: "2.2.0",
    arity: 4,
    flags: "write denyoom",
    effects: "itself",
    acl: "string",
    keys: ["1 RW update"],
    complexity: "O(N) in the length of the value",
    summary: "Overwrites a part of a string, growing it with zeros as needed.",
  }, setrange),
  command("STRLEN key", {
    since: "2.2.0",
    arity: 2,
    flags: "readonly fast",
    acl: "string",
    keys: ["1 RO"],
    summary: "Returns the length of a string in bytes.",
  }, strlen),
  command("SUBSTR key start end", {
    since: "1.0.0",
    arity: 4,
    flags: "readonly",
    acl: "string",
    keys: ["1 RO access"],
    complexity: "O(N) in the length of the part returned",
    summary: "Returns a part of a string, both ends included; GETRANGE's old name.",
  }, getrange),
];
