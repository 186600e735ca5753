/**
 * FT.SYNUPDATE and FT.SYNDUMP.
 *
 * @module
 */

import { Search } from "../../search/search.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { askedIndex } from "./access.ts";
import { ArgumentCursor } from "./argument_cursor.ts";
import { assertArity } from "./module_arguments.ts";

const command = commandsOf("search");

const UNKNOWN = "Unknown index name";

function synupdate(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 4);
  const { definition } = askedIndex(context, 1, UNKNOWN);
  const cursor = new ArgumentCursor(args, 2);
  const group = cursor.text() ?? "";
  const skips = cursor.takes("SKIPINITIALSCAN");
  const synonyms = new Map(Object.entries(definition.synonyms));
  for (const word of cursor.texts().map((text) => text.toLowerCase())) {
    const groups = synonyms.get(word) ?? [];
    if (!groups.includes(group)) synonyms.set(word, [...groups, group]);
  }
  Search.of(store).alter({ ...definition, synonyms: Object.fromEntries(synonyms) }, !skips);
  store.engine.changes.addUntold();
  reply.ok();
}

function syndump(context: Context): void {
  const { args, reply } = context;
  assertArity(args, 2, 2);
  const synonyms = Object.entries(askedIndex(context, 1, UNKNOWN).definition.synonyms);
  reply.map(synonyms.length);
  for (const [word, groups] of synonyms) {
    reply.text(word);
    reply.array(groups.length);
    for (const group of groups) reply.text(group);
  }
}

/** Those commands. */
export const synonyms: readonly Command[] = [
  command(
    "FT.SYNUPDATE index synonym_group_id [SKIPINITIALSCAN] term [term ...]",
    {
      since: "1.2.0",
      arity: -1,
      flags: "write",
      effects: "itself",
      acl: "search",
      summary: "Creates or updates a synonym group with additional terms",
      keys: ["1 RW access update"],
    },
    synupdate,
  ),
  command(
    "FT.SYNDUMP index",
    {
      since: "1.2.0",
      arity: -1,
      flags: "readonly",
      acl: "search",
      summary: "Dumps the contents of a synonym group",
      keys: ["1 RW access update"],
    },
    syndump,
  ),
];
