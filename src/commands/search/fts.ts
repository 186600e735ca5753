/**
 * FTS: search without a schema, over strings. Behind it is one index of strings, made by the first
 * ENABLE; queries are those of FT.SEARCH in dialect 2, which may be asked of it, too.
 *
 * @module
 */

import { type IndexDefinition, type StringRule, UNSAID } from "../../search/index/definition.ts";
import { CONTENT } from "../../search/index/string_source.ts";
import { Search } from "../../search/search.ts";
import type { Index } from "../../search/search_index.ts";
import { Highlighter } from "../../search/highlight/highlighting.ts";
import { err, syntaxError } from "../../store/values/errors.ts";
import { latin1 } from "../../store/values/slice.ts";
import { latin1Bytes } from "../table/latin1.ts";
import type { Command, Context, KeySpec } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { writeHelp } from "../table/introspection.ts";
import { boundedAt, databaseAt } from "../table/options.ts";
import { assertMayAsk } from "./access.ts";
import type { SearchRequest } from "./search_arguments.ts";
import { searchResults } from "./search_results.ts";

const command = commandsOf("search");

/** The name of the index. */
export const STRINGS = "redlite:strings";
/** Results of FTS SEARCH unless told otherwise. */
const USUAL_LIMIT = 10;
/** What a snippet shows of a text: so many pieces, of so many words each. */
const SNIPPET = { fragments: 3, length: 20, separator: "... ", fields: undefined };
const TAGS = { open: "<b>", close: "</b>", fields: undefined };

/** The key of an ENABLE or DISABLE that is about one. */
const KEY_OF_LEVEL: KeySpec = {
  flags: ["RW", "update"],
  begin: { keyword: "KEY", startFrom: 2 },
  find: { lastKey: 0, step: 1, limit: 0 },
};

const DEFINITION: Omit<IndexDefinition, "incarnation" | "rules"> = {
  name: STRINGS,
  ...UNSAID,
  on: "STRING",
  fields: [{
    id: 0,
    path: CONTENT,
    name: CONTENT,
    sortable: false,
    unf: false,
    noIndex: false,
    indexMissing: false,
    type: "TEXT",
    bit: 0,
    weight: 1,
    noStem: false,
    phonetic: undefined,
    suffixTrie: false,
    indexEmpty: false,
  }],
};

/** The index, if there is one. @throws {CommandError} If somebody has made another of its name. */
function stringsOf({ store }: Context): Index | undefined {
  const index = Search.of(store).find(STRINGS);
  if (index === undefined || index.definition.on === "STRING") return index;
  throw err(`there is an index ${STRINGS} that is not of strings: drop it`);
}

/** What an ENABLE or DISABLE is about. */
function targetOf({ args, store, client }: Context): Pick<StringRule, "level" | "target"> {
  if (args.is(2, "GLOBAL")) {
    if (args.count !== 3) throw syntaxError();
    return { level: "global", target: "*" };
  }
  if (args.count !== 4) throw syntaxError();
  if (args.is(2, "DATABASE")) {
    const db = databaseAt(args, 3, store.databases.count);
    if (db !== 0) throw onlyOfZero();
    return { level: "database", target: String(db) };
  }
  const { bytes, start, end } = args.at(3);
  const target = latin1(bytes, start, end);
  if (args.is(2, "PATTERN")) return { level: "pattern", target };
  if (!args.is(2, "KEY")) throw syntaxError();
  if (client.db !== 0) throw onlyOfZero();
  return { level: "key", target };
}

const onlyOfZero = () => err("search is of database 0 alone");

/** Notes a rule, in the place of an earlier one about the same. */
function setRule(context: Context, enabled: boolean): void {
  const { args, reply, store } = context;
  const { level, target } = targetOf(context);
  const search = Search.of(store);
  const index = stringsOf(context);
  const others =
    index?.definition.rules?.filter((rule) => rule.level !== level || rule.target !== target) ?? [];
  const rules = [...others, { level, target, enabled }];
  if (index === undefined) {
    search.create({ ...DEFINITION, incarnation: crypto.randomUUID(), rules });
  } else {
    // What is said of one key changes nothing about others.
    search.alter({ ...index.definition, rules }, level !== "key");
    if (level === "key") search.get(STRINGS).update(args.at(3));
  }
  store.engine.changes.addUntold();
  reply.ok();
}

function searchStrings(context: Context): void {
  const { args, reply, store, client } = context;
  let limit = USUAL_LIMIT, highlight = false;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, "LIMIT") && i + 1 < args.count) {
      limit = boundedAt(args, ++i, 0, Number.MAX_SAFE_INTEGER);
    } else if (args.is(i, "HIGHLIGHT")) highlight = true;
    else throw syntaxError();
  }
  if (client.db !== 0) throw onlyOfZero();
  const search = Search.of(store);
  const index = stringsOf(context);
  if (index === undefined) throw err("full-text search is not on: see FTS ENABLE");
  assertMayAsk(context, index.definition);
  const { settings } = search;
  const request: SearchRequest = {
    query: args.at(2).copy(),
    options: { dialect: 2, timeoutMs: settings.timeoutMs, scores: true, scorer: "BM25STD" },
    noContent: false,
    withScores: true,
    withPayloads: false,
    withSortKeys: false,
    explainScores: false,
    offset: 0,
    count: Math.min(limit, settings.maxResults),
    sortBy: undefined,
    returns: undefined,
    expands: false,
    highlighting: highlight ? { tags: TAGS, summary: SNIPPET } : undefined,
  };
  const { results } = searchResults(index, request);
  const highlighter = request.highlighting &&
    // Few texts, none of them long.
    new Highlighter(index, request.highlighting, undefined, () => {});
  const shown = results.flatMap(({ number, score, terms = new Set<string>() }) => {
    const content = index.documents.load(number)?.value(CONTENT) ?? undefined;
    // What was left out just now may not have been looked at yet.
    if (content === undefined) return [];
    const snippet = highlighter?.shown(CONTENT, content, terms, undefined);
    return [{ key: index.documents.key(number), score, snippet }];
  });
  reply.array(shown.length);
  for (const { key, score, snippet } of shown) {
    reply.map(snippet === undefined ? 2 : 3);
    reply.text("key");
    reply.bulk(key);
    reply.text("rank");
    reply.double(score);
    if (snippet === undefined) continue;
    reply.text("snippet");
    reply.bulk(snippet);
  }
}

function info(context: Context): void {
  const { reply } = context;
  const index = stringsOf(context);
  const rules = index?.definition.rules ?? [];
  reply.map(4);
  reply.text("indexed_keys");
  reply.integer(index?.contents.state.documents ?? 0);
  reply.text("storage_bytes");
  reply.integer(index?.contents.terms.sizes().bytes ?? 0);
  reply.text("percent_indexed");
  reply.double(index?.indexedShare ?? 1);
  reply.text("configs");
  reply.array(rules.length);
  for (const { level, target, enabled } of rules) {
    reply.map(3);
    reply.text("level");
    reply.text(level);
    reply.text("target");
    reply.bulk(latin1Bytes(level === "key" ? `0:${target}` : target));
    reply.text("enabled");
    reply.integer(Number(enabled));
  }
}

function reindex(context: Context): void {
  const { args, reply, store, client } = context;
  const index = stringsOf(context);
  if (args.count > 3) throw syntaxError();
  if (client.db !== 0) throw onlyOfZero();
  if (index === undefined) throw err("full-text search is not on: see FTS ENABLE");
  if (args.count === 2) {
    Search.of(store).alter(index.definition, true);
    store.engine.changes.addUntold();
    return reply.ok();
  }
  const key = args.at(2);
  index.update(key);
  store.engine.changes.addUntold();
  if (index.contents.numberOf(key) === 0) reply.integer(0);
  else reply.ok();
}

const LEVELS = "<GLOBAL | DATABASE db | PATTERN pattern | KEY key>";
const WRITE = {
  since: "8.0.0",
  flags: "write admin noscript",
  effects: "itself",
  acl: "search",
} as const;

/** The FTS container. */
export const fullText: Command = command("FTS", {
  since: "8.0.0",
  arity: -2,
  complexity: "Depends on the subcommand",
  summary: "Search over strings without a schema.",
}, [
  command(`FTS DISABLE ${LEVELS}`, {
    ...WRITE,
    arity: -3,
    keys: [KEY_OF_LEVEL],
    complexity: "O(1); strings are looked at in the background",
    summary: "Leaves strings out of search: all, a database's, those whose keys fit, or one.",
  }, (context) => setRule(context, false)),
  command(`FTS ENABLE ${LEVELS}`, {
    ...WRITE,
    arity: -3,
    keys: [KEY_OF_LEVEL],
    complexity: "O(1); strings are looked at in the background",
    summary: "Has strings searched: all, a database's, those whose keys fit, or one.",
  }, (context) => setRule(context, true)),
  command("FTS HELP", {
    since: "8.0.0",
    arity: 2,
    flags: "loading stale",
    summary: "Lists the subcommands.",
  }, ({ reply, host }) => writeHelp(reply, host.commands, "fts")),
  command("FTS INFO", {
    since: "8.0.0",
    arity: 2,
    flags: "readonly",
    acl: "search",
    summary: "Tells which strings are searched, and how many there are.",
  }, info),
  command("FTS REINDEX [key]", {
    ...WRITE,
    arity: -2,
    keys: ["2 RW update"],
    complexity: "O(N) in the length of the string; of all, in the background",
    summary: "Reads strings anew.",
  }, reindex),
  command("FTS SEARCH query [LIMIT count] [HIGHLIGHT]", {
    since: "8.0.0",
    arity: -3,
    flags: "readonly",
    acl: "search",
    complexity: "O(N)",
    summary: "Finds strings by their words, the best first.",
  }, searchStrings),
]);
