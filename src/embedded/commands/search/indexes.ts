/** The typed methods that make indexes and search them. */

import { wrongType } from "../../checks.ts";
import type { Argument, Data } from "../../data.ts";
import { toText } from "../../data.ts";
import { showAs } from "../../shown.ts";
import { CommandGroup } from "../group.ts";
import { checked, type Kinds } from "../option_words.ts";
import type { Runner } from "../runner.ts";
import { type FoundFields, type IndexSchema, schemaWords } from "./schema.ts";

/**
 * What `db.ft.create` makes an index of.
 *
 * @example
 * ```ts
 * import { type IndexOptions, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const options: IndexOptions<{ title: "text" }> = { prefix: "film:", schema: { title: "text" } };
 * console.log(db.ft.create("films", options).name); // "films"
 * ```
 */
export interface IndexOptions<Schema extends IndexSchema = IndexSchema> {
  /** The fields by name. */
  schema: Schema;
  /** What its documents are. Default: hashes. */
  on?: "hash" | "json";
  /** What the keys of its documents begin with. Default: all keys. */
  prefix?: string | readonly string[];
  /** An expression that documents must fulfil. */
  filter?: string;
  /** The language of documents that name none. */
  language?: string;
  /** The field that names a document's language. */
  languageField?: string;
  /** The score of documents that have none of their own, from 0 to 1. */
  score?: number;
  /** The field with a document's own score. */
  scoreField?: string;
  /** The field with a document's payload. */
  payloadField?: string;
  /** Words that are not indexed, in place of the default ones. */
  stopwords?: readonly string[];
  /** Whether no places of words are kept: no phrases then. */
  nooffsets?: boolean;
  /** Whether nothing is kept for highlighting alone. */
  nohl?: boolean;
  /** Whether fields are not told apart. */
  nofields?: boolean;
  /** Whether it is not kept how often words are in documents. */
  nofreqs?: boolean;
  /** Whether there may come to be many text fields. */
  maxtextfields?: boolean;
  /** Seconds without use after which it goes, with its documents. */
  temporary?: number;
  /** Whether keys that exist already are left out. */
  skipinitialscan?: boolean;
  /** What FT.INFO tells as `indexes_all`. */
  indexall?: boolean;
}

/**
 * Options of a search.
 *
 * @example
 * ```ts
 * import { Redlite, type SearchOptions } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const films = db.ft.create("films", { schema: { title: "text", year: "numeric" } });
 * db.hset("film:1", { title: "Dune", year: "1984" });
 * const options: SearchOptions = { params: { from: 1980 }, sortby: "year", limit: { count: 5 } };
 * console.log(films.search("dune @year:[$from +inf]", options).total); // 1
 * ```
 */
export interface SearchOptions {
  /** Values for `$name` in the query. */
  params?: Readonly<Record<string, string | number | Uint8Array>>;
  /** Which of the results: the first ten by default. */
  limit?: { offset?: number; count: number };
  /** The field that results are sorted by; by their scores without one. */
  sortby?: string | { field: string; direction?: "asc" | "desc" };
  /** The fields of results, all by default; `[]` for none. */
  return?: readonly (string | { path: string; as: string })[];
  /** The only keys to look at. */
  inkeys?: readonly string[];
  /** The only text fields to look at. */
  infields?: readonly string[];
  /** Whether words stand for nothing but themselves. */
  verbatim?: boolean;
  /** Whether stop words are looked for. */
  nostopwords?: boolean;
  /** Words that may stand between those of the query. */
  slop?: number;
  /** Whether the query's words must be in its order. */
  inorder?: boolean;
  /** The language of the query's words. */
  language?: string;
  /** How documents are scored. */
  scorer?: "TFIDF" | "TFIDF.DOCNORM" | "BM25" | "BM25STD" | "DISMAX" | "DOCSCORE" | "HAMMING";
  /** What the scorer HAMMING compares payloads with. */
  payload?: string | Uint8Array;
  /** Milliseconds it may take; 0 for as long as it likes. */
  timeout?: number;
  /** The dialect of the query. Default: 2. */
  dialect?: 1 | 2 | 3 | 4;
}

/** A document that a search found; `Fields` is the type of its fields. */
export interface FoundDocument<Fields> {
  /** Its key. */
  key: string;
  /** Its score. */
  score: number;
  /** Its fields: those asked for, or all. */
  fields: Fields;
}

/** What a search found. */
export interface SearchReply<Fields> {
  /** How many documents match. */
  total: number;
  /** Those of them that were asked for. */
  documents: FoundDocument<Fields>[];
  /** What kept it from going on. */
  warnings: string[];
}

const SEARCH: Kinds<SearchOptions> = {
  params: "record",
  limit: "record",
  sortby: "record",
  return: "list",
  inkeys: "list",
  infields: "list",
  verbatim: "flag",
  nostopwords: "flag",
  slop: "number",
  inorder: "flag",
  language: "text",
  scorer: "text",
  payload: "value",
  timeout: "number",
  dialect: "number",
};

/**
 * An index, with the types of its fields.
 *
 * @example
 * ```ts
 * import { Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const films = db.ft.create("films", {
 *   prefix: "film:",
 *   schema: { title: "text", year: { type: "numeric", sortable: true } },
 * });
 * db.hset("film:1", { title: "Dune", year: "1984" });
 * db.hset("film:2", { title: "Dune: Part Two", year: "2024" });
 * const { documents } = films.search("dune", { sortby: { field: "year", direction: "desc" } });
 * console.log(documents.map(({ fields }) => fields.year)); // [2024, 1984]
 * ```
 */
export class TypedIndex<Schema extends IndexSchema> {
  static {
    showAs(TypedIndex.prototype, ({ name }) => `search index ${name}`);
  }

  /** Its name. */
  readonly name: string;
  /** Its fields. */
  readonly schema: Schema;
  /** @internal */
  protected readonly core: Runner;

  /** @internal */
  constructor(core: Runner, name: string, schema: Schema) {
    this.core = core;
    this.name = name;
    this.schema = schema;
  }

  /** FT.SEARCH: finds documents. @throws {RedliteError} What is wrong with the query. */
  search(query: string, options: SearchOptions = {}): SearchReply<FoundFields<Schema>> {
    return searchIn(this.core, this.name, query, options, this.schema);
  }

  /** FT.DROPINDEX. @param documents Whether the keys of its documents are deleted, too. */
  drop(documents = false): void {
    this.core.run(["FT.DROPINDEX", this.name, ...documents ? ["DD"] : []], toText);
  }
}

/** Runs a search. */
function searchIn<Schema extends IndexSchema>(
  core: Runner,
  index: string,
  query: string,
  options: SearchOptions,
  schema: Schema,
): SearchReply<FoundFields<Schema>> {
  const words = searchWords(index, query, options);
  const reply = core.run(words, toText) as Map<string, unknown>;
  const documents = (reply.get("results") as Map<string, unknown>[]).map((result) => ({
    key: String(result.get("id")),
    score: Number(result.get("score")),
    fields: fieldsOf(result.get("extra_attributes"), schema),
  }));
  return {
    total: Number(reply.get("total_results")),
    documents,
    warnings: (reply.get("warning") as string[] | undefined) ?? [],
  };
}

/** A result's fields as what the schema says they are. */
function fieldsOf<Schema extends IndexSchema>(
  found: unknown,
  schema: Schema,
): FoundFields<Schema> {
  const fields: Record<string, string | number> = {};
  for (const [name, value] of found instanceof Map ? found as Map<string, string> : []) {
    if (value === null) continue;
    const spec = schema[name];
    const type = typeof spec === "string" ? spec : spec?.type;
    fields[name] = type === "numeric" ? Number(value) : value;
  }
  return fields as FoundFields<Schema>;
}

function counted(name: string, words: readonly Argument[]): Argument[] {
  return [name, words.length, ...words];
}

function searchWords(index: string, query: string, given: SearchOptions): Argument[] {
  if (typeof given !== "object" || given === null) throw wrongType("options", "an object", given);
  const { sortby, ...others } = given;
  const options = checked(others, SEARCH);
  const words: Argument[] = ["FT.SEARCH", index, query, "WITHSCORES"];
  if (options.verbatim) words.push("VERBATIM");
  if (options.nostopwords) words.push("NOSTOPWORDS");
  if (options.inorder) words.push("INORDER");
  if (options.slop !== undefined) words.push("SLOP", options.slop);
  if (options.language !== undefined) words.push("LANGUAGE", options.language);
  if (options.scorer !== undefined) words.push("SCORER", options.scorer);
  if (options.payload !== undefined) words.push("PAYLOAD", options.payload);
  if (options.inkeys !== undefined) words.push(...counted("INKEYS", options.inkeys));
  if (options.infields !== undefined) words.push(...counted("INFIELDS", options.infields));
  if (options.return !== undefined) {
    const fields = options.return.flatMap((field) =>
      typeof field === "string" ? [field] : [field.path, "AS", field.as]
    );
    words.push(...counted("RETURN", fields));
  }
  if (sortby !== undefined) {
    const order = typeof sortby === "string" ? { field: sortby } : sortby;
    if (typeof order?.field !== "string") {
      throw wrongType("option sortby", "a field or an object with one", sortby);
    }
    const { field, direction = "asc" } = order;
    words.push("SORTBY", field, direction.toUpperCase());
  }
  if (options.limit !== undefined) {
    words.push("LIMIT", options.limit.offset ?? 0, options.limit.count);
  }
  const parameters = Object.entries(options.params ?? {}).flat();
  if (parameters.length > 0) words.push("PARAMS", parameters.length, ...parameters);
  if (options.timeout !== undefined) words.push("TIMEOUT", options.timeout);
  words.push("DIALECT", options.dialect ?? 2);
  return words;
}

const INDEX: Kinds<Omit<IndexOptions, "schema" | "prefix">> = {
  on: ["hash", "json"],
  filter: "text",
  language: "text",
  languageField: "text",
  score: "number",
  scoreField: "text",
  payloadField: "text",
  stopwords: "list",
  nooffsets: "flag",
  nohl: "flag",
  nofields: "flag",
  nofreqs: "flag",
  maxtextfields: "flag",
  temporary: "number",
  skipinitialscan: "flag",
  indexall: "flag",
};

function createWords(name: string, given: IndexOptions): Argument[] {
  if (typeof given !== "object" || given === null) throw wrongType("options", "an object", given);
  const { prefix, schema, ...others } = given;
  const options = checked(others, INDEX);
  const { stopwords } = options;
  if (prefix !== undefined && typeof prefix !== "string" && !Array.isArray(prefix)) {
    throw wrongType("option prefix", "text or a list", prefix);
  }
  const words: Argument[] = ["FT.CREATE", name, "ON", (options.on ?? "hash").toUpperCase()];
  if (prefix !== undefined) {
    words.push(...counted("PREFIX", typeof prefix === "string" ? [prefix] : prefix));
  }
  const valued: readonly (readonly [word: string, value: Argument | undefined])[] = [
    ["FILTER", options.filter],
    ["LANGUAGE", options.language],
    ["LANGUAGE_FIELD", options.languageField],
    ["SCORE", options.score],
    ["SCORE_FIELD", options.scoreField],
    ["PAYLOAD_FIELD", options.payloadField],
    ["TEMPORARY", options.temporary],
  ];
  for (const [word, value] of valued) if (value !== undefined) words.push(word, value);
  if (stopwords !== undefined) words.push(...counted("STOPWORDS", stopwords));
  if (options.indexall !== undefined) {
    words.push("INDEXALL", options.indexall ? "ENABLE" : "DISABLE");
  }
  const { nooffsets, nohl, nofields, nofreqs, maxtextfields, skipinitialscan } = options;
  const flags = { nooffsets, nohl, nofields, nofreqs, maxtextfields, skipinitialscan };
  for (const [flag, given] of Object.entries(flags)) if (given) words.push(flag.toUpperCase());
  return [...words, "SCHEMA", ...schemaWords(schema)];
}

/**
 * The methods of `db.ft` that make indexes and search them.
 *
 * @example
 * ```ts
 * import { type IndexMethods, Redlite } from "@redlite/redlite";
 *
 * using db = Redlite.open(":memory:");
 * const count = (ft: IndexMethods<string>, name: string) => ft.search(name, "*").total;
 * db.ft.create("films", { schema: { title: "text" } });
 * console.log(count(db.ft, "films")); // 0
 * ```
 */
export abstract class IndexMethods<V extends Data> extends CommandGroup<V> {
  /**
   * FT.CREATE: makes an index; keys that exist are indexed in the background.
   *
   * @returns The index, whose searches are typed by the schema.
   * @throws {RedliteError} If there is one of the name, or the definition is none.
   */
  create<const Schema extends IndexSchema>(
    name: string,
    options: IndexOptions<Schema>,
  ): TypedIndex<Schema> {
    this.run(createWords(name, options));
    return this.index(name, options.schema);
  }

  /** An index that there is already, with the types of a schema. */
  index<const Schema extends IndexSchema>(name: string, schema: Schema): TypedIndex<Schema> {
    return new TypedIndex(this.core, name, schema);
  }

  /** FT.SEARCH: finds documents; their fields are texts. @throws {RedliteError} What is wrong with the query. */
  search(
    name: string,
    query: string,
    options: SearchOptions = {},
  ): SearchReply<Record<string, string | undefined>> {
    return searchIn<IndexSchema>(this.core, name, query, options, {});
  }

  /** FT.ALTER: adds fields; documents are indexed anew in the background. */
  alter(name: string, schema: IndexSchema): void {
    this.run(["FT.ALTER", name, "SCHEMA", "ADD", ...schemaWords(schema)]);
  }

  /** FT.DROPINDEX. @param documents Whether the keys of its documents are deleted, too. */
  dropindex(name: string, documents = false): void {
    this.run(["FT.DROPINDEX", name, ...documents ? ["DD"] : []]);
  }

  /** FT._LIST: the names of all indexes. */
  list(): string[] {
    return [...this.core.run(["FT._LIST"], toText) as Set<string>].sort();
  }

  /** FT.INFO: what is known of an index, by RediSearch's names. */
  info(name: string): Record<string, unknown> {
    return Object.fromEntries(this.core.run(["FT.INFO", name], toText) as Map<string, unknown>);
  }

  /** FT.EXPLAIN: how a query is read. */
  explain(name: string, query: string, dialect: 1 | 2 | 3 | 4 = 2): string {
    return this.core.run(["FT.EXPLAIN", name, query, "DIALECT", dialect], toText) as string;
  }

  /** FT.TAGVALS: the tags of a field, in their order. */
  tagvals(name: string, field: string): string[] {
    return [...this.core.run(["FT.TAGVALS", name, field], toText) as Set<string>];
  }

  /** FT.ALIASADD: lets another name stand for an index. @throws {RedliteError} If it stands for one. */
  aliasadd(alias: string, name: string): void {
    this.run(["FT.ALIASADD", alias, name]);
  }

  /** FT.ALIASUPDATE: lets another name stand for an index, whatever it stood for. */
  aliasupdate(alias: string, name: string): void {
    this.run(["FT.ALIASUPDATE", alias, name]);
  }

  /** FT.ALIASDEL: lets another name stand for nothing. @throws {RedliteError} If it stood for nothing. */
  aliasdel(alias: string): void {
    this.run(["FT.ALIASDEL", alias]);
  }

  /** FT.SYNUPDATE: lets words of a group stand for each other; documents are indexed anew. */
  synupdate(name: string, group: string, ...words: readonly string[]): void {
    this.run(["FT.SYNUPDATE", name, group, ...words]);
  }

  /** FT.SYNDUMP: the groups of synonyms of each word that has any. */
  syndump(name: string): Map<string, string[]> {
    return this.core.run(["FT.SYNDUMP", name], toText) as Map<string, string[]>;
  }
}
