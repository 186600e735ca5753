/**
 * What the execution of a query gives to those who make replies of it: FT.SEARCH, FT.AGGREGATE,
 * FT.HYBRID, HIGHLIGHT.
 *
 * @module
 */

import type { Field, IndexDefinition } from "./index/definition.ts";
import type { QueryNode } from "./query/ast.ts";

/** How a query is read and executed, beside its text. */
export interface QueryOptions {
  readonly dialect: 1 | 2 | 3 | 4;
  /** VERBATIM: no stems and synonyms. */
  readonly verbatim?: boolean;
  /** NOSTOPWORDS: stop words are words. */
  readonly noStopWords?: boolean;
  /** LANGUAGE of the query's words. */
  readonly language?: string | undefined;
  /** INFIELDS: the text fields to search. */
  readonly inFields?: readonly string[] | undefined;
  /** INKEYS: the only documents to look at. */
  readonly inKeys?: readonly Uint8Array[] | undefined;
  /** SLOP for the query as a whole. */
  readonly slop?: number | undefined;
  readonly inOrder?: boolean;
  /** PARAMS by name. */
  readonly parameters?: ReadonlyMap<string, Uint8Array>;
  /** SCORER by name; undefined for the default. */
  readonly scorer?: string | undefined;
  /** Whether scores are wanted at all. */
  readonly scores?: boolean;
  /** Whether each score comes with its explanation. */
  readonly explainScores?: boolean;
  /** PAYLOAD of the query, for the scorer. */
  readonly payload?: Uint8Array | undefined;
  /** TIMEOUT in milliseconds, 0 for none. */
  readonly timeoutMs?: number;
  /** Conditions beside the query (FILTER, GEOFILTER), which must all hold. */
  readonly conditions?: readonly QueryNode[];
}

/** How a score came about: a line, and the lines below it. */
export interface ScoreExplanation {
  readonly text: string;
  readonly children: readonly ScoreExplanation[];
}

/** A term of the query as a document has it. */
export interface MatchedTerm {
  /** The term as it is indexed: a word, a stem (`+run`), a phonetic code (`<…`), a group of synonyms (`~…`). */
  readonly term: string;
  /** Bits of the text fields that have it. */
  readonly hasField: (bit: number) => boolean;
  /** The places of it in the document, counted in words over all text fields from 1. */
  readonly positions: readonly number[];
}

/** A value of a document: a text of bytes as they stand, a number, or several. */
export type DocumentValue = string | number | readonly DocumentValue[] | null;

/** The documents that a query matches, one after the other in the order of their numbers. */
export interface Matches {
  /** Goes on to the next document. @returns False at the end. @throws {QueryTimeout} */
  next(): boolean;
  /** Counts work that is done with the current document. @throws {QueryTimeout} */
  spend(steps: number): void;
  /** Looks at the clock, after work that may have been of any size. @throws {QueryTimeout} */
  checkTime(): void;
  /** Begins its time anew, for what is made of what was found: a reply, groups, an order. */
  restartTime(): void;
  /** The current document's number. */
  readonly number: number;
  /**
   * The current document's score by the scorer; 0 if none are wanted.
   *
   * @param least What a score is of use from; one below it need not be exact, but is below it.
   */
  score(least?: number): number;
  /** How the current score came about. */
  explain(): ScoreExplanation;
  /** The terms of the query that the current document has. */
  terms(): MatchedTerm[];
  /** Distances of vectors by the names they have in results, of the current document. */
  readonly distances: ReadonlyMap<string, number> | undefined;
}

/** What is known of a document of an index by its number. */
export interface Documents {
  /** How many documents the index has. */
  readonly count: number;
  /** The key of a document. */
  key(number: number): Uint8Array;
  /** The payload of a document. */
  payload(number: number): Uint8Array | undefined;
  /** The score a document has by itself. */
  ownScore(number: number): number;
  /**
   * The sort value of a sortable field: a number, or a text (in lower case unless UNF); undefined
   * for a document without one.
   */
  sortValue(field: Field, number: number): number | string | undefined;
  /**
   * The values of a field of hashes by document, for whoever wants it of many; undefined where
   * documents have to be read one by one.
   */
  column(path: string): { at(number: number): string | null | undefined } | undefined;
  /**
   * Reads a document; undefined if its key is gone or something else by now.
   *
   * @param dialect The query's: from 3 on, values of JSON are arrays of all that a path finds.
   */
  load(number: number, dialect?: number): LoadedDocument | undefined;
}

/** A document's fields as its key holds them now. */
export interface LoadedDocument {
  /**
   * A value by the name of an index's field, or else by field of a hash or path of JSON. Of JSON, a
   * text as a document's value has it; what has no such form (objects) as JSON; null for JSON's null.
   */
  value(nameOrPath: string): Uint8Array | null | undefined;
  /** All fields of a hash, or the document itself under `$`. */
  all(): Iterable<readonly [name: Uint8Array, value: Uint8Array]>;
}

/** An index that can be asked. */
export interface SearchIndex {
  readonly definition: IndexDefinition;
  readonly documents: Documents;
  /**
   * Reads a query.
   *
   * @throws {CommandError} What is wrong with it.
   */
  parse(query: Uint8Array, options: QueryOptions): QueryNode;
  /** Finds what a query matches. */
  execute(query: QueryNode, options: QueryOptions): Matches;
  /** All terms of the text fields and in how many documents each is, in the order of their bytes. */
  terms(from?: string): Iterable<{ readonly term: string; readonly documents: number }>;
  /** Tells all words of the text fields, stems and the like included, until `visit` returns false. */
  words(visit: (word: string) => boolean): void;
  /** Tells all tags of a field, until `visit` returns false. */
  tags(field: string, visit: (tag: string) => boolean): void;
  /** In how many documents a word is, more or less. */
  documentsOf(word: string): number;
}

/** The indexes of a store: what FT.* commands ask for. */
export interface SearchIndexes {
  /** The index of a name or an alias. @throws {CommandError} If there is none. */
  get(name: string): SearchIndex;
}
