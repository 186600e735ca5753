/**
 * Makes the record of a document: reads what its key holds, field by field, and puts words, tags,
 * numbers and points into the builder.
 *
 * A document with a field that cannot be indexed as what it is declared (a number that is none) is not
 * indexed at all, as in RediSearch.
 *
 * @module
 */

import { type Analyzer, folded, type WordLimits } from "../text/analyzer.ts";
import { type Language, languageOf } from "../text/languages.ts";
import { DEFAULT_STOP_WORDS } from "../text/stop_words.ts";
import type { Field, GeoShapeField, IndexDefinition, TagField, TextField } from "./definition.ts";
import { KIND, kindOf } from "./kinds.ts";
import { DocumentTerms, RecordBuilder } from "./record.ts";
import { shapeProblem } from "./shapes.ts";
import { type DocumentSource, type FieldValue, Unindexable } from "./source.ts";
import { parseDouble, parsePoint } from "./values.ts";
import { type DerivedTerms, TERM, Vocabulary } from "./vocabulary.ts";

/** What is known of a document beside its record. */
export interface DocumentFacts {
  score: number;
  length: number;
  most: number;
  payload: Uint8Array | undefined;
}

/** Positions between the texts of an array, so that no phrase goes from one into the next. */
const BETWEEN_TEXTS = 100;

/** What a word that is only a stem or a sound counts, of the field's weight. */
const DERIVED_FACTOR = 0.2;

/** Words of a language that are kept between documents. */
const MOST_WORDS = 1 << 16;

/** What words of stems, sounds and synonyms begin with, so that they are no words of texts. */
export const MARK = { STEM: "+", SOUND: "<", SYNONYM: "~" } as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Makes records for one index. */
export class DocumentIndexer {
  /** The record that {@linkcode index} made last. */
  readonly record: RecordBuilder = new RecordBuilder();
  /** What is wrong with the document that kept it from nothing. */
  readonly problems: Unindexable[] = [];
  /** What else it found. */
  readonly facts: DocumentFacts = { score: 1, length: 0, most: 0, payload: undefined };
  readonly #definition: IndexDefinition;
  readonly #paths: readonly string[];
  readonly #vocabularies = new Map<Language, Vocabulary>();
  readonly #stopWords: ReadonlySet<string>;
  readonly #derived: DerivedTerms;
  readonly #terms: DocumentTerms;
  #vocabulary: Vocabulary | undefined;
  // What the visitor of words works with.
  #bit = 0;
  #frequency = 1;
  #stemFrequency = 1;
  #stems = true;
  #sounds = false;

  readonly #settings: { readonly words: WordLimits };

  /** @param settings Says which words have stems and sounds; looked at for each document. */
  constructor(definition: IndexDefinition, settings: { readonly words: WordLimits }) {
    this.#definition = definition;
    this.#paths = definition.fields.map(({ path }) => path);
    this.#settings = settings;
    this.#terms = new DocumentTerms(1 + Math.max(-1, ...definition.fields.map(bitOf)));
    const { stopWords, fields } = definition;
    this.#stopWords = stopWords === undefined ? DEFAULT_STOP_WORDS : new Set(stopWords);
    const synonyms = new Map(Object.entries(definition.synonyms));
    const anySounds = fields.some((field) => field.type === "TEXT" && field.phonetic !== undefined);
    this.#derived = {
      stemOf: ({ stem }) => stem === "" ? "" : MARK.STEM + stem,
      soundOf: (word) => anySounds && word.sound !== "" ? MARK.SOUND + word.sound : "",
      groupsOf: ({ term }) => (synonyms.get(term) ?? []).map((group) => MARK.SYNONYM + group),
    };
  }

  /** The analyzer of a language. */
  analyzer(language: Language): Analyzer {
    return this.#vocabularyOf(language).analyzer;
  }

  #vocabularyOf(language: Language): Vocabulary {
    let vocabulary = this.#vocabularies.get(language);
    const limits = this.#settings.words;
    if (
      vocabulary === undefined || vocabulary.size > MOST_WORDS || vocabulary.limits !== limits
    ) {
      vocabulary = new Vocabulary(language, this.#stopWords, this.#derived, limits);
      this.#vocabularies.set(language, vocabulary);
    }
    return vocabulary;
  }

  /**
   * Makes the record of a document.
   *
   * @throws {Unindexable} If it cannot be indexed.
   */
  index(source: DocumentSource): void {
    const definition = this.#definition;
    const { record, facts } = this;
    source.expect?.(this.#paths);
    record.begin();
    this.problems.length = 0;
    facts.score = this.#score(source);
    facts.length = 0;
    facts.payload = definition.payloadField === undefined
      ? undefined
      : source.bytes(definition.payloadField);
    const vocabulary = this.#vocabulary = this.#vocabularyOf(this.#language(source));
    this.#terms.begin(vocabulary);
    let position = 0;
    for (const field of definition.fields) {
      const value = source.value(field);
      if (value === undefined) {
        if (field.indexMissing) this.#only(kindOf(field, KIND.MISSING), "");
        continue;
      }
      if (field.type === "TEXT") position = this.#text(field, value, vocabulary, position);
      else if (field.type === "TAG") this.#tags(field, value);
      else if (field.type === "NUMERIC") this.#numbers(field, value);
      else if (field.type === "GEO") this.#points(field, value);
      else if (field.type === "GEOSHAPE") this.#shapesOf(field, value);
    }
    facts.most = record.words(vocabulary, this.#terms, definition);
  }

  #score(source: DocumentSource): number {
    const { score, scoreField } = this.#definition;
    if (scoreField === undefined) return score;
    const text = source.bytes(scoreField);
    const value = text === undefined ? undefined : parseDouble(decoder.decode(text));
    return value === undefined ? score : Math.max(0, value);
  }

  #language(source: DocumentSource): Language {
    const { language, languageField } = this.#definition;
    const given = languageField === undefined ? undefined : source.bytes(languageField);
    const own = given === undefined ? undefined : languageOf(decoder.decode(given));
    return own ?? languageOf(language) ?? "english";
  }

  #only(kind: number, term: string): void {
    this.record.kind(kind, 1);
    this.record.term(term);
  }

  // Words.

  #add(row: number, frequency: number, position: number): void {
    this.#terms.add(this.#vocabulary!, row, frequency, this.#bit, position);
  }

  readonly #visit = (word: number, position: number): void => {
    const vocabulary = this.#vocabulary!, terms = this.#terms, bit = this.#bit;
    const row = vocabulary.rowOf(word);
    const frequency = this.#frequency;
    terms.add(vocabulary, row, frequency, bit, position);
    this.facts.length += frequency;
    const { rows } = vocabulary;
    const stem = rows[row + TERM.STEM]!;
    if (stem !== 0 && this.#stems) {
      terms.add(vocabulary, stem, this.#stemFrequency, bit, position);
    }
    const others = rows[row + TERM.OTHERS]!;
    if (others !== 0) this.#addOthers(vocabulary, others, position);
  };

  #addOthers(vocabulary: Vocabulary, others: number, position: number): void {
    const { sound, groups } = vocabulary.others[others - 1]!;
    const frequency = this.#frequency;
    if (sound !== 0 && this.#sounds) this.#add(sound, frequency, position);
    for (const group of groups) this.#add(group, frequency, position);
  }

  #text(field: TextField, value: FieldValue, vocabulary: Vocabulary, position: number): number {
    const texts = value.texts(field);
    this.#sort(field, texts);
    if (field.noIndex) return position;
    this.#bit = field.bit;
    this.#frequency = Math.max(1, Math.floor(field.weight));
    this.#stemFrequency = Math.max(1, Math.floor(field.weight * DERIVED_FACTOR));
    this.#stems = !field.noStem;
    this.#sounds = field.phonetic !== undefined;
    const { analyzer } = vocabulary;
    for (const [i, text] of texts.entries()) {
      if (i > 0) position += BETWEEN_TEXTS;
      if (text.length === 0 && field.indexEmpty) this.#add(vocabulary.row(""), 1, ++position);
      position = analyzer.analyze(text, 0, text.length, this.#visit, position);
    }
    return position;
  }

  /** Keeps what results are sorted by: the first text, in lower case unless it is of JSON or UNF. */
  #sort(field: Field, texts: readonly Uint8Array[]): void {
    const [first] = texts;
    if (!field.sortable || first === undefined) return;
    const asItIs = field.unf || field.type === "GEO" || this.#definition.on === "JSON";
    const bytes = asItIs ? first : encoder.encode(folded(decoder.decode(first)));
    this.record.kind(kindOf(field, KIND.SORT_TEXTS), 1);
    this.record.term("", (entry) => {
      entry.varint(bytes.length);
      entry.append(bytes, 0, bytes.length);
    });
  }

  // Other types.

  #tags(field: TagField, value: FieldValue): void {
    const texts = value.texts(field);
    this.#sort(field, texts);
    if (field.noIndex) return;
    const tags = new Set<string>();
    for (const text of texts) {
      for (const tag of tagsOf(decoder.decode(text), field)) tags.add(tag);
    }
    if (tags.size === 0) return;
    this.record.kind(kindOf(field, KIND.TAGS), tags.size);
    for (const tag of tags) this.record.term(tag);
  }

  #numbers(field: Field, value: FieldValue): void {
    const numbers = value.numbers(field);
    if (numbers.length === 0) return;
    this.record.kind(kindOf(field, KIND.NUMBERS), numbers.length);
    for (const number of numbers) this.record.term("", (entry) => entry.double(number));
  }

  /** Shapes that are none are told of; their documents are indexed without them. */
  #shapesOf(field: GeoShapeField, value: FieldValue): void {
    const texts = value.texts(field);
    this.#sort(field, texts);
    if (field.noIndex) return;
    const shapes = texts.filter((text) => {
      const problem = shapeProblem(decoder.decode(text), field);
      if (problem !== undefined) {
        this.problems.push(new Unindexable(`Error indexing geoshape: ${problem}`, field));
      }
      return problem === undefined;
    });
    if (shapes.length === 0) return;
    this.record.kind(kindOf(field, KIND.SHAPES), shapes.length);
    for (const text of shapes) {
      this.record.term("", (entry) => {
        entry.varint(text.length);
        entry.append(text, 0, text.length);
      });
    }
  }

  #points(field: Field, value: FieldValue): void {
    const texts = value.texts(field);
    const points = texts.map((text) => {
      const point = parsePoint(decoder.decode(text));
      if (typeof point === "string") throw new Unindexable(point, field);
      return point;
    });
    this.#sort(field, texts);
    if (field.noIndex || points.length === 0) return;
    this.record.kind(kindOf(field, KIND.POINTS), points.length);
    for (const { longitude, latitude } of points) {
      this.record.term("", (entry) => {
        entry.double(longitude);
        entry.double(latitude);
      });
    }
  }
}

const bitOf = (field: Field): number => field.type === "TEXT" ? field.bit : -1;

/** The tags in a text: cut at the separator, without white space around them, in lower case. */
export function* tagsOf(text: string, field: TagField): Generator<string> {
  const { separator, caseSensitive, indexEmpty } = field;
  const parts = separator === undefined ? [text] : text.split(separator);
  for (const part of parts) {
    const tag = trimmed(part);
    if (tag === "" && !(indexEmpty && parts.length === 1)) continue;
    yield caseSensitive ? tag : folded(tag);
  }
}

/** Without C's white space around it. */
function trimmed(text: string): string {
  return text.replace(/^[ \t-\r]+|[ \t-\r]+$/g, "");
}
