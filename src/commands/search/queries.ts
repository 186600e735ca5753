/**
 * The commands that ask indexes: FT.SEARCH, FT.EXPLAIN, FT.EXPLAINCLI, FT.TAGVALS.
 *
 * @module
 */

import { explainQuery } from "../../search/query/explain.ts";
import { Search } from "../../search/search.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { assertExpandable } from "./format_argument.ts";
import { askedIndex } from "./access.ts";
import { ArgumentCursor } from "./argument_cursor.ts";
import { assertArity } from "./module_arguments.ts";
import { readSearchRequest } from "./search_arguments.ts";
import { writeSearchReply } from "./search_reply.ts";
import { searchResults } from "./search_results.ts";

const command = commandsOf("search");

function search(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 2);
  const searches = Search.of(store);
  const index = askedIndex(context);
  const request = readSearchRequest(new ArgumentCursor(args, 2), searches.settings);
  if (request.expands) assertExpandable(index.definition, reply);
  writeSearchReply(reply, index, request, searchResults(index, request));
}

function explained(context: Context): string {
  const { args, store } = context;
  assertArity(args, 3);
  const searches = Search.of(store);
  const index = askedIndex(context);
  const { query, options } = readSearchRequest(new ArgumentCursor(args, 2), searches.settings);
  const names = index.definition.fields.filter(({ type }) => type === "TEXT").map(({ name }) =>
    name
  );
  return explainQuery(index.parse(query, options), names);
}

function explain(context: Context): void {
  context.reply.text(explained(context));
}

function explaincli(context: Context): void {
  const lines = explained(context).split("\n");
  const { reply } = context;
  reply.array(lines.length);
  for (const line of lines) reply.text(line);
}

function tagvals(context: Context): void {
  const { args, reply } = context;
  assertArity(args, 3, 3);
  const index = askedIndex(context, 1, "Unknown Index name");
  const field = index.field(args.text(2));
  if (field === undefined) throw new CommandError("No such field");
  if (field.type !== "TAG") throw new CommandError("Not a tag field");
  const tags: string[] = [];
  index.tags(field.name, (tag) => tags.push(tag) > 0);
  reply.set(tags.length);
  for (const tag of tags) reply.text(tag);
}

const INDEX_KEY = { keys: ["1 RW access update"], acl: "search" } as const;

/** Those commands. */
export const searchQueries: readonly Command[] = [
  command(
    "FT.SEARCH index query [NOCONTENT] [VERBATIM] [NOSTOPWORDS] [WITHSCORES] [WITHPAYLOADS] " +
      "[WITHSORTKEYS] [FILTER numeric_field min max [FILTER numeric_field min max ...]] " +
      "[GEOFILTER geo_field lon lat radius <m | km | mi | ft> " +
      "[GEOFILTER geo_field lon lat radius <m | km | mi | ft> ...]] [INKEYS count key [key ...]] " +
      "[INFIELDS count field [field ...]] " +
      "[RETURN count identifier [AS property] [identifier [AS property] ...]] " +
      "[SUMMARIZE [FIELDS count field [field ...]] [FRAGS num] [LEN fragsize] [SEPARATOR separator]] " +
      "[HIGHLIGHT [FIELDS count field [field ...]] [TAGS open close]] [SLOP slop] [TIMEOUT timeout] " +
      "[INORDER] [LANGUAGE language] [EXPANDER expander] [SCORER scorer] [EXPLAINSCORE] " +
      "[PAYLOAD payload] [SORTBY sortby [ASC | DESC] [WITHCOUNT]] [LIMIT offset num] " +
      "[PARAMS nargs name value [name value ...]] [DIALECT dialect]",
    {
      since: "1.0.0",
      arity: -1,
      flags: "readonly",
      summary: "Searches the index with a textual query, returning either documents or just ids",
      complexity: "O(N)",
      ...INDEX_KEY,
    },
    search,
  ),
  command(
    "FT.EXPLAIN index query [DIALECT dialect]",
    {
      since: "1.0.0",
      arity: -1,
      flags: "readonly",
      summary: "Returns the execution plan for a complex query",
      ...INDEX_KEY,
    },
    explain,
  ),
  command(
    "FT.EXPLAINCLI index query [DIALECT dialect]",
    {
      since: "1.0.0",
      arity: -1,
      flags: "readonly",
      summary: "Returns the execution plan for a complex query",
      ...INDEX_KEY,
    },
    explaincli,
  ),
  command(
    "FT.TAGVALS index field_name",
    {
      since: "1.0.0",
      arity: -1,
      flags: "readonly",
      acl: "search dangerous",
      summary: "Returns the distinct tags indexed in a Tag field",
      complexity: "O(N)",
      keys: ["1 RW access update"],
    },
    tagvals,
  ),
];
