/** What the queries of one index depend on: its fields, its stop words, and what words are expanded to. */

import type { Field, IndexDefinition } from "./index/definition.ts";
import { type DocumentIndexer, MARK } from "./index/document.ts";
import type { Expander } from "./query/expand.ts";
import type { ParserSchema } from "./query/schema.ts";
import { type Language, languageOf } from "./text/languages.ts";
import { soundOf } from "./text/sounds.ts";

/** The language of a name, or else the index's own. */
export function languageNamed({ language }: IndexDefinition, name?: string): Language {
  return languageOf(name ?? language) ?? "english";
}

/** Answers a parser's and an expansion's questions about one index. */
export class QuerySchema implements ParserSchema, Expander {
  /** The language that words are expanded in. */
  language: Language = "english";
  readonly #definition: IndexDefinition;
  readonly #byName: ReadonlyMap<string, Field>;
  readonly #indexer: DocumentIndexer;

  /** Takes the fields by their names, and what knows how words are written down. */
  constructor(
    definition: IndexDefinition,
    byName: ReadonlyMap<string, Field>,
    indexer: DocumentIndexer,
  ) {
    this.#definition = definition;
    this.#byName = byName;
    this.#indexer = indexer;
  }

  /** See {@linkcode ParserSchema}. */
  isStopWord(term: string): boolean {
    return this.#indexer.analyzer(languageNamed(this.#definition)).isStopWord(term);
  }

  /** See {@linkcode ParserSchema}. */
  indexesMissing(name: string): boolean | undefined {
    return this.#byName.get(name)?.indexMissing;
  }

  /** See {@linkcode ParserSchema}. */
  hasPhonetics(fields: readonly string[] | undefined): boolean {
    return this.#definition.fields.some((field) =>
      field.type === "TEXT" && field.phonetic !== undefined &&
      (fields === undefined || fields.length === 0 || fields.includes(field.name))
    );
  }

  /** See {@linkcode ParserSchema}. */
  isText(name: string): boolean {
    const field = this.#byName.get(name);
    return field?.type === "TEXT" && !field.noIndex;
  }

  /** See {@linkcode ParserSchema}. */
  indexesEmpty(name: string): boolean | undefined {
    const field = this.#byName.get(name);
    if (field === undefined) return undefined;
    return (field.type === "TEXT" || field.type === "TAG") && field.indexEmpty;
  }

  /** See {@linkcode ParserSchema}. */
  isCaseSensitive(name: string): boolean {
    const field = this.#byName.get(name);
    return field?.type === "TAG" && field.caseSensitive;
  }

  /** See {@linkcode Expander}. */
  expansions(
    term: string,
    fields: readonly string[] | undefined,
    phonetic: boolean | undefined,
  ): string[] {
    const { synonyms } = this.#definition;
    const groups = Object.hasOwn(synonyms, term) ? synonyms[term] ?? [] : [];
    const found = groups.map((group) => MARK.SYNONYM + group);
    const sound = phonetic !== false && this.hasPhonetics(fields) ? soundOf(term) : "";
    if (sound !== "") found.push(MARK.SOUND + sound);
    const analyzer = this.#indexer.analyzer(this.language);
    const { stem, parts } = analyzer.queryWord(term);
    if (parts.length === 0) {
      found.push(MARK.STEM + stem);
      if (stem !== term) found.push(stem);
    }
    return found;
  }
}
