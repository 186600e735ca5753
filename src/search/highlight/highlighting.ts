/** SUMMARIZE and HIGHLIGHT: which fields of results they change, and where found words stand in them. */

import { bytesOf } from "../aggregate/byte_text.ts";
import type { TextField } from "../index/definition.ts";
import { MARK } from "../index/document.ts";
import type { SearchIndex } from "../results.ts";
import { idfOf } from "../scoring/idf.ts";
import { Analyzer, type Word } from "../text/analyzer.ts";
import { languageOf } from "../text/languages.ts";
import { beginning, type FoundWord, Fragments, type Summary, type Tags } from "./fragments.ts";

/** What is wished for the fields of results. */
export interface Highlighting {
  /** HIGHLIGHT: its tags, one character a byte, and the fields; undefined for all. */
  readonly tags: (Tags & { readonly fields: readonly string[] | undefined }) | undefined;
  /** SUMMARIZE, and the fields; undefined for all. */
  readonly summary: (Summary & { readonly fields: readonly string[] | undefined }) | undefined;
}

const NO_TAGS: Tags = { open: "", close: "" };

/** Changes the fields of one search's results. */
export class Highlighter {
  readonly #index: SearchIndex;
  readonly #wished: Highlighting;
  /** The only fields that change, if any are named anywhere. */
  readonly #named: ReadonlySet<string> | undefined;
  readonly #weights = new Map<string, number>();
  readonly #analyzers = new Map<string, Analyzer>();
  readonly #synonyms: ReadonlyMap<string, readonly string[]>;

  readonly #checkTime: () => void;

  /**
   * @param returned The fields of RETURN; undefined without it.
   * @param checkTime Throws where time is up; called every thousand words.
   */
  constructor(
    index: SearchIndex,
    wished: Highlighting,
    returned: readonly string[] | undefined,
    checkTime: () => void,
  ) {
    this.#checkTime = checkTime;
    const named = [
      ...returned ?? [],
      ...wished.tags?.fields ?? [],
      ...wished.summary?.fields ?? [],
    ];
    this.#named = named.length === 0 ? undefined : new Set(named);
    this.#index = index;
    this.#wished = wished;
    this.#synonyms = new Map(Object.entries(index.definition.synonyms));
  }

  /**
   * What a field of a document is shown as.
   *
   * @param name The field's name in results.
   * @param terms What of the query the document has, as it is indexed.
   * @param language The document's, if it names one.
   */
  shown(
    name: string,
    value: Uint8Array,
    terms: ReadonlySet<string>,
    language: string | undefined,
  ): Uint8Array {
    const { tags, summary } = this.#wished;
    const isTagged = tags !== undefined && (tags.fields?.includes(name) ?? true);
    const isSummarized = summary !== undefined && (summary.fields?.includes(name) ?? true);
    if (!isTagged && !isSummarized || this.#named?.has(name) === false) return value;
    const field = this.#index.definition.fields.find((each) => each.name === name);
    const fragments = field?.type === "TEXT" && !field.noIndex
      ? new Fragments(value, this.#find(field, value, terms, language))
      : undefined;
    if (fragments === undefined || fragments.isEmpty) {
      return isSummarized && !isTagged ? bytesOf(beginning(value, summary)) : value;
    }
    const around = isTagged ? tags : NO_TAGS;
    return bytesOf(
      isSummarized ? fragments.summarized(summary, around) : fragments.highlighted(around),
    );
  }

  #find(
    field: TextField,
    value: Uint8Array,
    terms: ReadonlySet<string>,
    language: string | undefined,
  ): FoundWord[] {
    const found: FoundWord[] = [];
    const analyzer = this.#analyzer(language);
    analyzer.analyze(value, 0, value.length, (number, position, start) => {
      if (position % 1024 === 0) this.#checkTime();
      const word = analyzer.words[number];
      const term = word && this.#termOf(word, field, terms);
      if (term !== undefined) found.push({ term, weight: this.#weight(term), position, start });
    });
    return found;
  }

  /** The term by which a word was found, undefined if it was not. */
  #termOf(word: Word, field: TextField, terms: ReadonlySet<string>): string | undefined {
    if (terms.has(word.term)) return word.term;
    const stem = MARK.STEM + word.stem;
    if (!field.noStem && word.stem !== "" && terms.has(stem)) return stem;
    const sound = MARK.SOUND + word.sound;
    if (field.phonetic !== undefined && word.sound !== "" && terms.has(sound)) return sound;
    return this.#synonyms.get(word.term)?.map((group) => MARK.SYNONYM + group)
      .find((group) => terms.has(group));
  }

  #weight(term: string): number {
    let weight = this.#weights.get(term);
    if (weight === undefined) {
      const { documents } = this.#index;
      weight = idfOf(documents.count, this.#index.documentsOf(term));
      this.#weights.set(term, weight);
    }
    return weight;
  }

  #analyzer(given: string | undefined): Analyzer {
    const { language, stopWords } = this.#index.definition;
    const name = languageOf(given ?? language) ?? languageOf(language) ?? "english";
    let analyzer = this.#analyzers.get(name);
    if (analyzer === undefined) {
      analyzer = new Analyzer(name, stopWords === undefined ? undefined : new Set(stopWords));
      this.#analyzers.set(name, analyzer);
    }
    return analyzer;
  }
}
