/**
 * One index: its documents follow their keys, and queries are asked of it.
 *
 * @module
 */

import type { Statements } from "../history/statements.ts";
import type { Store } from "../store/store.ts";
import type { KeyBytes } from "../engine/changes.ts";
import { CommandError } from "../store/values/errors.ts";
import { compareBytes, latin1, Slice } from "../store/values/slice.ts";
import { QueryBudget } from "./execution/budget.ts";
import type { QueryCursor } from "./execution/query_cursor.ts";
import { matchesOf } from "./execution/matches.ts";
import { plan } from "./execution/plan.ts";
import { Contents } from "./index/contents.ts";
import { QueryTimeout } from "./index/deadline.ts";
import type { Field, IndexDefinition } from "./index/definition.ts";
import { DocumentIndexer } from "./index/document.ts";
import { HashColumns } from "./index/columns/hash_columns.ts";
import { DocumentFilter } from "./index/filter.ts";
import { Failures } from "./index/failures.ts";
import { JsonSource } from "./index/json_source.ts";
import { KIND, kindOf, WORDS } from "./index/kinds.ts";
import { Vectors } from "./index/vectors.ts";
import { type DocumentSource, HashSource, Unindexable } from "./index/source.ts";
import { StringSource } from "./index/string_source.ts";
import type { QueryNode } from "./query/ast.ts";
import { expanded } from "./query/expand.ts";
import { noAttributes } from "./query/nodes.ts";
import { parseQuery } from "./query/parser.ts";
import { assertSuffixes } from "./query/suffixes.ts";
import { IndexDocuments } from "./index_documents.ts";
import { sortedPrefixes, startsWith } from "./prefixes.ts";
import type { Documents, Matches, QueryOptions, SearchIndex } from "./results.ts";
import { DEFAULT_SCORER, scorerOf } from "./scoring/scorers.ts";
import { languageNamed, QuerySchema } from "./query_schema.ts";
import type { SearchSettings } from "./settings.ts";

const encoder = new TextEncoder();
/** Keys that the first indexing looks up at a time. */
const KEYS_AT_A_TIME = 64;
/** Milliseconds of a slice for indexing keys that exist, and for merging. */
const SCAN_MS = 4;
const MERGE_MS = 4;
/** Milliseconds after a query in which others are expected. */
const SEARCHED_MS = 100;

/** One index. */
export class Index implements SearchIndex {
  readonly definition: IndexDefinition;
  /** The definition as a text, another one if it is another. */
  readonly text: string;
  readonly contents: Contents;
  readonly documents: Documents;
  /** Fields of many documents; none of JSON. */
  readonly columns: HashColumns | undefined;
  /** Its fields of vectors. */
  readonly vectors: Vectors;
  /** What is known of documents that could not be indexed. */
  readonly failures: Failures;
  /** The dialects that queries of this process were in. */
  readonly dialects: Set<number> = new Set();
  /** Queries asked of it by this process. */
  uses = 0;
  /** When it was used last, Unix time in milliseconds. */
  usedAtMs = 0;
  /** Milliseconds this process has spent indexing. */
  indexingMs = 0;
  readonly #store: Store;
  /** FT.CONFIG. */
  readonly settings: SearchSettings;
  readonly #indexer: DocumentIndexer;
  readonly #source: HashSource | JsonSource | StringSource;
  readonly #prefixes: readonly Uint8Array[];
  readonly #byName: ReadonlyMap<string, Field>;
  readonly #schema: QuerySchema;
  readonly #filter: DocumentFilter | undefined;

  constructor(
    store: Store,
    statements: Statements,
    settings: SearchSettings,
    definition: IndexDefinition,
    contents: number,
  ) {
    this.#store = store;
    this.settings = settings;
    this.definition = definition;
    this.text = JSON.stringify(definition);
    this.contents = new Contents(
      store.engine,
      statements,
      contents,
      () => [WORDS, ...definition.fields.flatMap(kindsOf)],
    );
    this.failures = new Failures(this.contents);
    this.vectors = new Vectors(store.engine, definition);
    this.contents.limits.pendingBytes = store.cacheBytes / 4;
    this.contents.limits.keptBytes = store.cacheBytes / 8;
    this.contents.onRemoved = (number) => this.vectors.remove(number);
    this.#indexer = new DocumentIndexer(definition, settings);
    this.#source = sourceOf(store, definition);
    this.#prefixes = sortedPrefixes(definition.prefixes);
    this.#byName = new Map(definition.fields.map((field) => [field.name, field]));
    this.#schema = new QuerySchema(definition, this.#byName, this.#indexer);
    this.columns = definition.on === "HASH"
      ? new HashColumns(store, statements, contents)
      : undefined;
    this.documents = new IndexDocuments(this);
    const { languageField, scoreField, payloadField } = definition;
    this.hiddenFields = [languageField, scoreField, payloadField].filter((name) =>
      name !== undefined
    ).map((name) => latin1(encoder.encode(name), 0, encoder.encode(name).length));
    this.usedAtMs = store.engine.nowMs;
    const { filter } = definition;
    this.#filter = filter === undefined ? undefined : new DocumentFilter(filter, this.#byName);
  }

  /** The file may say something else than what is in memory. */
  forget(rolledBack: boolean): void {
    this.contents.forget(rolledBack);
    if (rolledBack) this.columns?.clear();
  }

  // Following keys.

  /** Whether a key of database 0 may be a document of it. */
  matches({ bytes, start, end }: KeyBytes): boolean {
    const prefixes = this.#prefixes;
    for (let i = 0; i < prefixes.length; i++) {
      const prefix = prefixes[i]!;
      const { length } = prefix;
      if (end - start < length) continue;
      let at = 0;
      while (at < length && prefix[at] === bytes[start + at]) at++;
      if (at === length) return true;
    }
    return false;
  }

  /** Reads what a key holds as a document; undefined if it is none. */
  open(key: Slice): HashSource | JsonSource | StringSource | undefined {
    return this.#source.open(key) ? this.#source : undefined;
  }

  /** Indexes what a key holds now. */
  update(key: Slice): void {
    const startedAt = performance.now();
    this.usedAtMs = this.#store.engine.nowMs;
    const source = this.open(key);
    if (source === undefined || !this.#accepts(source)) {
      this.contents.remove(key);
      return;
    }
    const indexer = this.#indexer;
    try {
      indexer.index(source);
      this.vectors.check(source);
    } catch (error) {
      if (!(error instanceof Unindexable)) throw error;
      this.contents.remove(key);
      this.failures.add(error.message, key, error.field);
      return;
    }
    for (const { message, field } of indexer.problems) this.failures.add(message, key, field);
    const { score, length, most, payload } = indexer.facts;
    const { expiresAtMs } = source;
    const document = { key, score, length, most, expiresAtMs, payload };
    this.vectors.put(this.contents.put(document, indexer.record), source);
    this.indexingMs += performance.now() - startedAt;
  }

  /** Whether a document fulfils the index's FILTER, as far as that can be said of it. */
  #accepts(source: DocumentSource): boolean {
    return this.#filter === undefined || this.#filter.accepts(source);
  }

  /** Fields that tell of the document and are not shown with it, a character for each byte. */
  readonly hiddenFields: readonly string[];

  /** The keys of all documents. */
  *keys(): Generator<Uint8Array> {
    const { facts, state } = this.contents;
    const end = state.nextNumber;
    for (let n = facts.nextLive(1, end); n < end; n = facts.nextLive(n + 1, end)) {
      const key = this.contents.key(n);
      if (key !== undefined) yield key;
    }
  }

  /** Notes when a key expires by now. */
  updateExpiry(key: Slice): void {
    const source = this.open(key);
    const number = source === undefined ? 0 : this.contents.numberOf(key);
    if (source === undefined || number === 0) return this.update(key);
    this.contents.setExpiry(number, source.expiresAtMs);
  }

  // Background work.

  /** Begins to index keys that exist, in slices. */
  beginScan(): void {
    this.contents.beginScan(this.#prefixes[0] ?? new Uint8Array(0));
  }

  /** Whether it is a temporary index that nobody has used for as long as it said. */
  get isForgotten(): boolean {
    const { temporarySeconds } = this.definition;
    return temporarySeconds !== undefined &&
      this.#store.engine.nowMs - this.usedAtMs > 1000 * temporarySeconds;
  }

  /** Whether keys that existed are being indexed. */
  get isScanning(): boolean {
    return this.contents.state.scanFrom !== undefined;
  }

  /** Whether {@linkcode work} has something to do. */
  get hasWork(): boolean {
    return this.isScanning || this.contents.hasWork;
  }

  #searchedAt = -Infinity;

  /** Whether what is left to the background can wait for queries, which come one after the other. */
  get canWait(): boolean {
    return !this.isScanning && !this.contents.isFull &&
      performance.now() - this.#searchedAt < SEARCHED_MS;
  }

  /**
   * Does a slice of what is left to the background, in a write turn.
   *
   * @param share The share of a slice's time that it may take.
   * @returns Whether there is more.
   */
  work(share = 1): boolean {
    if (this.isScanning) this.#scan(performance.now() + share * SCAN_MS);
    const more = this.contents.hasWork &&
      this.contents.work(performance.now() + share * MERGE_MS);
    return more || this.isScanning;
  }

  #scan(until: number): void {
    let looked: number;
    do {
      let { scanFrom } = this.contents.state;
      if (scanFrom === undefined) return;
      const from = scanFrom;
      const prefix = this.#prefixes.find((candidate) =>
        compareBytes(candidate, new Slice(from)) >= 0 || startsWith(from, candidate)
      );
      if (prefix === undefined) return this.contents.scanned(0, undefined);
      const keys: Slice[] = [];
      scanFrom = this.#store.walk.walk(
        0,
        prefix,
        from,
        KEYS_AT_A_TIME,
        (key) => keys.push(new Slice(key.copy())),
      );
      const { scanBefore } = this.contents.state;
      scanFrom ??= this.#prefixes[this.#prefixes.indexOf(prefix) + 1];
      looked = 0;
      for (const key of keys) {
        // A document may take milliseconds.
        if (looked > 0 && performance.now() >= until) {
          scanFrom = key.bytes;
          break;
        }
        const number = this.contents.numberOf(key);
        if (number === 0 || number < scanBefore) this.update(key);
        looked++;
      }
      this.contents.scanned(looked, scanFrom);
      // A prefix without keys takes next to no time.
    } while (looked === 0 || performance.now() < until);
  }

  /** Bytes of memory that it takes, about: columns, terms, what is pending, vectors. */
  get memory(): number {
    const { contents, columns, vectors } = this;
    return contents.memory + contents.terms.memoryOf(WORDS) + contents.terms.memoryOf(KIND.TAGS) +
      (columns?.bytes ?? 0) + vectors.memoryBytes;
  }

  /** Bytes of the indexes of vectors, as estimated. */
  get vectorBytes(): number {
    return this.vectors.bytes;
  }

  /** Which share of the keys that existed is indexed, from 0 to 1. */
  get indexedShare(): number {
    if (!this.isScanning) return 1;
    const keys = this.#store.databases.keys(0);
    return keys === 0 ? 1 : Math.min(1, this.contents.state.scanned / keys);
  }

  // Queries.

  /** The field of a name in queries. */
  field(name: string): Field | undefined {
    return this.#byName.get(name);
  }

  parse(query: Uint8Array, options: QueryOptions): QueryNode {
    const { definition } = this;
    const parsed = parseQuery(latin1(query, 0, query.length), this.#schema, {
      dialect: options.dialect,
      noStopWords: options.noStopWords ?? false,
      parameters: options.parameters ?? new Map(),
    });
    assertSuffixes(parsed, definition.fields, this.settings.minPrefix);
    this.dialects.add(options.dialect);
    this.#schema.language = languageNamed(definition, options.language);
    const node = options.verbatim ? parsed : expanded(parsed, this.#schema);
    const conditions = [...options.conditions ?? []];
    if (options.inKeys !== undefined) {
      conditions.push({
        kind: "keys",
        keys: options.inKeys,
        attributes: noAttributes(),
        fields: undefined,
      });
    }
    return conditions.length === 0 ? node : limited(node, conditions);
  }

  execute(query: QueryNode, options: QueryOptions): Matches {
    const scorer = scorerOf(options.scorer ?? DEFAULT_SCORER);
    if (scorer === undefined) throw new CommandError(`No such scorer ${options.scorer}`);
    this.uses++;
    this.#searchedAt = performance.now();
    this.usedAtMs = this.#store.engine.nowMs;
    this.#store.engine.read();
    // Loading what queries need, once, is not this query's time.
    this.contents.facts;
    const budget = new QueryBudget(options.timeoutMs ?? 0);
    const { contents, definition, settings, vectors } = this;
    let cursor: QueryCursor | undefined;
    try {
      cursor = plan(query, { contents, definition, settings, options, vectors, budget });
    } catch (error) {
      // Whoever asks for the first result is told.
      if (!(error instanceof QueryTimeout)) throw error;
    }
    return matchesOf(cursor, { budget, contents, definition, scorer, options });
  }

  words(visit: (word: string) => boolean): void {
    this.contents.terms.each(WORDS, "", visit);
  }

  tags(name: string, visit: (tag: string) => boolean): void {
    const field = this.#byName.get(name);
    if (field?.type === "TAG") this.contents.terms.each(kindOf(field, KIND.TAGS), "", visit);
  }

  documentsOf(word: string): number {
    return this.contents.terms.documentsOf(WORDS, word);
  }

  *terms(from = ""): Iterable<{ readonly term: string; readonly documents: number }> {
    const terms: string[] = [];
    this.contents.terms.each(WORDS, "", (term) => {
      if (term >= from) terms.push(term);
      return true;
    });
    for (const term of terms) {
      yield { term, documents: this.contents.terms.documentsOf(WORDS, term) };
    }
  }
}

/** A query whose documents must also fulfil conditions, which are parts like its own. */
function limited(node: QueryNode, conditions: readonly QueryNode[]): QueryNode {
  if (node.kind === "intersect" && !node.exact) {
    return { ...node, children: [...conditions, ...node.children] };
  }
  return {
    kind: "intersect",
    exact: false,
    children: [...conditions, node],
    attributes: noAttributes(),
    fields: undefined,
  };
}

/** What reads the documents of an index. */
function sourceOf(
  store: Store,
  definition: IndexDefinition,
): HashSource | JsonSource | StringSource {
  if (definition.on === "HASH") return new HashSource(store);
  return definition.on === "JSON" ? new JsonSource(store) : new StringSource(store, definition);
}

/** The kinds of lists that a field has. */
function kindsOf(field: Field): number[] {
  return Object.values(KIND).map((sort) => kindOf(field, sort));
}
