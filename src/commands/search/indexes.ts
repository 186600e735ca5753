/**
 * The commands that make, change and name indexes.
 *
 * @module
 */

import type { Field } from "../../search/index/definition.ts";
import { Search } from "../../search/search.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { askedIndex } from "./access.ts";
import { ArgumentCursor } from "./argument_cursor.ts";
import { assertArity } from "./module_arguments.ts";
import { readDefinition, readFields } from "./definition_arguments.ts";

const command = commandsOf("search");

function create({ args, reply, store, client }: Context): void {
  assertArity(args, 5);
  if (client.db !== 0) throw new CommandError("Cannot create index on db != 0");
  const search = Search.of(store);
  const name = args.text(1);
  if (search.all.has(name)) throw new CommandError("Index already exists");
  search.create(readDefinition(name, new ArgumentCursor(args, 2)));
  store.engine.changes.addUntold();
  reply.ok();
}

function alter(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 6);
  const search = Search.of(store);
  const index = askedIndex(context, 1, "Unknown index name");
  const cursor = new ArgumentCursor(args, 2);
  const skips = cursor.takes("SKIPINITIALSCAN");
  if (!cursor.takes("SCHEMA")) throw new CommandError("ALTER must be followed by SCHEMA");
  if (!cursor.takes("ADD")) throw new CommandError("Unknown action passed to ALTER SCHEMA");
  if (cursor.done) throw new CommandError("No fields provided");
  const { definition } = index;
  const fields: Field[] = readFields(
    cursor,
    definition.fields,
    definition.on,
    definition.name,
    definition.maxTextFields,
  );
  search.alter({ ...definition, fields }, !skips);
  store.engine.changes.addUntold();
  reply.ok();
}

function dropindex(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 2, 3);
  const search = Search.of(store);
  const index = askedIndex(context, 1, "Unknown Index name");
  search.drop(index.definition.name, args.count === 3 && args.is(2, "DD"));
  store.engine.changes.addUntold();
  reply.ok();
}

function list({ args, reply, store }: Context): void {
  assertArity(args, 1, 1);
  const names = [...Search.of(store).all.keys()];
  reply.set(names.length);
  for (const name of names) reply.status(name);
}

function aliasadd(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 3, 3);
  const search = Search.of(store);
  const index = askedIndex(context, 2, "Unknown index name (or name is an alias itself)");
  if (search.aliases.has(args.text(1))) {
    throw new CommandError("Alias already exists");
  }
  search.setAlias(args.text(1), index.definition.name);
  store.engine.changes.addUntold();
  reply.ok();
}

function aliasupdate(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 3, 3);
  const search = Search.of(store);
  const index = askedIndex(context, 2, "Unknown index name (or name is an alias itself)");
  search.setAlias(args.text(1), index.definition.name);
  store.engine.changes.addUntold();
  reply.ok();
}

function aliasdel({ args, reply, store }: Context): void {
  assertArity(args, 2, 2);
  const search = Search.of(store);
  if (!search.aliases.has(args.text(1))) throw new CommandError("Alias does not exist");
  search.setAlias(args.text(1), undefined);
  store.engine.changes.addUntold();
  reply.ok();
}

function aliaslist(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 2, 2);
  const search = Search.of(store);
  const index = askedIndex(context, 1, "Unknown index name");
  const aliases = [...search.aliases].filter(([, name]) => name === index.definition.name);
  reply.set(aliases.length);
  for (const [alias] of aliases) reply.text(alias);
}

const INDEX_KEY = { keys: ["1 RW access update"], acl: "search" } as const;

/** Those commands. */
export const searchIndexes: readonly Command[] = [
  command(
    "FT.CREATE index [ON <HASH | JSON>] [PREFIX count prefix [prefix ...]] [FILTER filter] " +
      "[LANGUAGE default_lang] [LANGUAGE_FIELD lang_attribute] [SCORE default_score] " +
      "[SCORE_FIELD score_attribute] [PAYLOAD_FIELD payload_attribute] [MAXTEXTFIELDS] " +
      "[TEMPORARY seconds] [NOOFFSETS] [NOHL] [NOFIELDS] [NOFREQS] " +
      "[STOPWORDS count [stopword [stopword ...]]] [SKIPINITIALSCAN] " +
      "[INDEXALL <ENABLE | DISABLE>] SCHEMA field_name [AS alias] " +
      "<TEXT | TAG | NUMERIC | GEO | GEOSHAPE | VECTOR> [option ...] [field_name [AS alias] " +
      "<TEXT | TAG | NUMERIC | GEO | GEOSHAPE | VECTOR> [option ...] ...]",
    {
      since: "1.0.0",
      arity: -1,
      flags: "write denyoom",
      effects: "itself",
      summary: "Creates an index with the given spec",
      complexity:
        "O(K) at creation where K is the number of fields, O(N) if scanning the keyspace " +
        "is triggered, where N is the number of keys in the keyspace",
      ...INDEX_KEY,
    },
    create,
  ),
  command(
    "FT.ALTER index [SKIPINITIALSCAN] SCHEMA ADD field options",
    {
      since: "1.0.0",
      arity: -1,
      flags: "write",
      effects: "itself",
      summary: "Adds a new field to the index",
      complexity: "O(N) where N is the number of keys in the keyspace",
      ...INDEX_KEY,
    },
    alter,
  ),
  command(
    "FT.DROPINDEX index [DD]",
    {
      since: "2.0.0",
      arity: -1,
      flags: "write",
      effects: "said",
      summary: "Deletes the index",
      complexity:
        "O(1) or O(N) if documents are deleted, where N is the number of keys in the keyspace",
      keys: ["1 RW access update"],
      acl: "search dangerous",
    },
    dropindex,
  ),
  command(
    "FT._LIST",
    {
      since: "2.0.0",
      arity: -1,
      flags: "readonly",
      summary: "Returns a list of all existing indexes",
      acl: "search admin",
    },
    list,
  ),
  command(
    "FT.ALIASADD alias index",
    {
      since: "1.0.0",
      arity: -1,
      flags: "write",
      effects: "itself",
      summary: "Adds an alias to the index",
      keys: ["1..2 RW access update"],
      acl: "search",
    },
    aliasadd,
  ),
  command(
    "FT.ALIASUPDATE alias index",
    {
      since: "1.0.0",
      arity: -1,
      flags: "write",
      effects: "itself",
      summary: "Adds or updates an alias to the index",
      keys: ["1..2 RW access update"],
      acl: "search",
    },
    aliasupdate,
  ),
  command(
    "FT.ALIASDEL alias",
    {
      since: "1.0.0",
      arity: -1,
      flags: "write",
      effects: "itself",
      summary: "Deletes an alias from the index",
      ...INDEX_KEY,
    },
    aliasdel,
  ),
  command(
    "FT.ALIASLIST index",
    {
      since: "8.10.0",
      arity: 2,
      flags: "readonly",
      summary: "Lists all aliases for the index",
      ...INDEX_KEY,
      complexity: "O(N) where N is the number of aliases",
    },
    aliaslist,
  ),
];
