/**
 * HIMPORT: many hashes with the same fields, which a connection names once. What it has named is its
 * own, and goes with it or at its RESET.
 *
 * @module
 */

import { err } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import { compareBytes, Slice } from "../../store/values/slice.ts";
import type { Command, Context } from "../table/command.ts";
import type { Client } from "../table/client.ts";
import { commandsOf } from "../table/define.ts";
import { asciiAt } from "../table/options.ts";

const command = commandsOf("hash");

/** A field, and which of the values given is its own. */
interface FieldsetEntry {
  readonly field: Slice;
  readonly index: number;
}

/** A fieldset has its fields in the order of their bytes, which that of its hashes follows. */
type Fieldset = readonly FieldsetEntry[];

const FIELDSETS = new WeakMap<Client, Map<string, Fieldset>>();

/** Forgets the fieldsets of a connection. @returns How many it had. */
export function discardFieldsets(client: Client): number {
  const count = FIELDSETS.get(client)?.size ?? 0;
  FIELDSETS.delete(client);
  return count;
}

function prepare({ args, reply, client }: Context): void {
  const fieldset: FieldsetEntry[] = [];
  for (let i = 3; i < args.count; i++) {
    fieldset.push({ field: new Slice(args.at(i).copy()), index: i - 3 });
  }
  fieldset.sort((a, b) => compareBytes(a.field.bytes, b.field));
  for (let i = 1; i < fieldset.length; i++) {
    if (fieldset[i]!.field.equals(fieldset[i - 1]!.field)) {
      throw err("duplicate field name in fieldset");
    }
  }
  let fieldsets = FIELDSETS.get(client);
  if (fieldsets === undefined) FIELDSETS.set(client, fieldsets = new Map());
  fieldsets.set(asciiAt(args, 2), fieldset);
  reply.ok();
}

function set({ args, reply, store, client }: Context): void {
  const { hashes, keyspace } = store;
  const { db } = client;
  const key = args.at(2);
  const fieldset = FIELDSETS.get(client)?.get(asciiAt(args, 3));
  if (fieldset === undefined) throw err("no such fieldset");
  if (fieldset.length !== args.count - 4) {
    throw err("value count does not match fieldset field count");
  }
  const { effects } = store.engine;
  const found = keyspace.findCollection(db, key, TYPE.HASH);
  if (found !== undefined && effects.active) effects.say(db, "DEL", key);
  const c = hashes.create(db, key);
  hashes.expect(c, fieldset.length);
  for (const { field, index } of fieldset) hashes.set(c, field, args.at(4 + index));
  if (effects.active) {
    effects.begin(db, 2 + 2 * fieldset.length);
    effects.word("HSET");
    effects.word(key);
    for (const { field, index } of fieldset) {
      effects.word(field);
      effects.word(args.at(4 + index));
    }
  }
  keyspace.changed(db, key, "hset");
  reply.ok();
}

function discard({ args, reply, client }: Context): void {
  reply.integer(FIELDSETS.get(client)?.delete(asciiAt(args, 2)) ? 1 : 0);
}

const facts = { since: "8.10.0", acl: "hash" };
const everywhere = { ...facts, tips: "request_policy:all_shards" };

/** The HIMPORT container. */
export const himport: Command = command("HIMPORT", {
  ...facts,
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Commands that make many hashes with the same fields.",
}, [
  command("HIMPORT DISCARD fieldset-name", {
    ...everywhere,
    arity: 3,
    complexity: "O(1)",
    summary: "Forgets a fieldset of the connection.",
  }, discard),
  command("HIMPORT DISCARDALL", {
    ...everywhere,
    arity: 2,
    complexity: "O(1)",
    summary: "Forgets all fieldsets of the connection.",
  }, ({ reply, client }) => reply.integer(discardFieldsets(client))),
  command("HIMPORT PREPARE fieldset-name field [field ...]", {
    ...everywhere,
    arity: -4,
    flags: "denyoom",
    complexity: "O(N*log(N)) in the number of fields",
    summary: "Names fields for hashes that the connection is going to make.",
  }, prepare),
  command("HIMPORT SET key fieldset-name value [value ...]", {
    ...facts,
    arity: -5,
    flags: "write denyoom",
    effects: "said",
    keys: ["2 OW update"],
    complexity: "O(N) in the number of fields",
    summary: "Makes a hash of a fieldset's fields and the values given, over one that is there.",
  }, set),
]);
