/**
 * Makes the record of a document: reads what its key holds, field by field, and puts words, tags,
 * numbers and points into the builder.
 *
 * A document with a field that cannot be indexed as what it is declared (a number that is none) is not
 * indexed at all, as in RediSearch.
 *
 * @module
 */

import { Analyzer, folded, type Word } from "../text/analyzer.ts";
import { type Language, languageOf } from "../text/languages.ts";
import { DEFAULT_STOP_WORDS } from "../text/stop_words.ts";
import type { Field, GeoShapeField, IndexDefinition, TagField, TextField } from "./definition.ts";
import { KIND, kindOf, WORDS } from "./kinds.ts";
import { Positions, RecordBuilder, Term } from "./record.ts";
import { shapeProblem } from "./shapes.ts";
import { type DocumentSource, type FieldValue, Unindexable } from "./source.ts";
import { parseDouble, parsePoint } from "./values.ts";

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

/** Terms that are kept between documents. */
const MOST_TERMS = 1 << 17;
const STEM = 0x2b, SOUND = 0x3c;

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
  readonly #analyzers = new Map<Language, Analyzer<Term>>();
  readonly #stopWords: ReadonlySet<string>;
  readonly #synonyms: ReadonlyMap<string, readonly string[]>;
  /** The terms that were met so far, by their texts. */
  readonly #terms = new Map<string, Term>();
  /** Those of the document at hand. */
  readonly #met: Term[] = [];
  #metCount = 0;
  readonly #positions = new Positions();
  readonly #anySounds: boolean;
  // What the visitor of words works with.
  #bit = 0;
  #frequency = 1;
  #stemFrequency = 1;
  #stems = true;
  #sounds = false;

  constructor(definition: IndexDefinition) {
    this.#definition = definition;
    const { stopWords, synonyms } = definition;
    this.#stopWords = stopWords === undefined ? DEFAULT_STOP_WORDS : new Set(stopWords);
    this.#synonyms = new Map(Object.entries(synonyms));
    this.#anySounds = definition.fields.some((field) =>
      field.type === "TEXT" && field.phonetic !== undefined
    );
  }

  /** The analyzer of a language. */
  analyzer(language: Language): Analyzer<Term> {
    let analyzer = this.#analyzers.get(language);
    if (analyzer === undefined) {
      this.#analyzers.set(language, analyzer = new Analyzer(language, this.#stopWords));
    }
    return analyzer;
  }

  /**
   * Makes the record of a document.
   *
   * @throws {Unindexable} If it cannot be indexed.
   */
  index(source: DocumentSource): void {
    const definition = this.#definition;
    const { record, facts } = this;
    record.begin();
    this.problems.length = 0;
    facts.score = this.#score(source);
    facts.length = 0;
    facts.payload = definition.payloadField === undefined
      ? undefined
      : source.bytes(definition.payloadField);
    const analyzer = this.analyzer(this.#language(source));
    this.#forget();
    let position = 0;
    for (const field of definition.fields) {
      const value = source.value(field);
      if (value === undefined) {
        if (field.indexMissing) this.#only(kindOf(field, KIND.MISSING), "");
        continue;
      }
      if (field.type === "TEXT") position = this.#text(field, value, analyzer, position);
      else if (field.type === "TAG") this.#tags(field, value);
      else if (field.type === "NUMERIC") this.#numbers(field, value);
      else if (field.type === "GEO") this.#points(field, value);
      else if (field.type === "GEOSHAPE") this.#shapesOf(field, value);
    }
    this.#putWords();
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

  #forget(): void {
    const met = this.#met;
    for (let i = 0; i < this.#metCount; i++) {
      const term = met[i]!;
      term.met = false;
      term.frequency = term.mask = term.first = 0;
    }
    this.#metCount = 0;
    this.#positions.clear();
    if (this.#terms.size > MOST_TERMS) {
      this.#terms.clear();
      this.#analyzers.clear();
    }
  }

  #term(text: string): Term {
    let term = this.#terms.get(text);
    if (term === undefined) this.#terms.set(text, term = new Term(text));
    return term;
  }

  /** The terms that a word stands for beside itself. */
  #othersOf(word: Word): readonly Term[] {
    const others: Term[] = [];
    const { stem } = word;
    if (stem !== "") others.push(this.#term(MARK.STEM + stem));
    const sound = this.#anySounds ? word.sound : "";
    if (sound !== "") others.push(this.#term(MARK.SOUND + sound));
    for (const group of this.#synonyms.get(word.term) ?? []) {
      others.push(this.#term(MARK.SYNONYM + group));
    }
    return others;
  }

  #add(term: Term, frequency: number, position: number): void {
    if (!term.met) {
      term.met = true;
      this.#met[this.#metCount++] = term;
    }
    term.frequency += frequency;
    const bit = this.#bit;
    if (bit < 31) term.mask |= 1 << bit;
    else if (Math.floor(term.mask / 2 ** bit) % 2 === 0) term.mask += 2 ** bit;
    this.#positions.add(term, position);
  }

  readonly #visit = (word: Word<Term>, position: number): void => {
    let term = word.note;
    if (term === undefined) {
      term = word.note = this.#term(word.term);
      term.others ??= this.#othersOf(word);
    }
    const frequency = this.#frequency;
    this.#add(term, frequency, position);
    this.facts.length += frequency;
    const others = term.others!;
    for (let i = 0; i < others.length; i++) {
      const other = others[i]!;
      const first = other.bytes[0];
      if (first === STEM) {
        if (this.#stems) this.#add(other, this.#stemFrequency, position);
      } else if (first !== SOUND || this.#sounds) this.#add(other, frequency, position);
    }
  };

  #text(field: TextField, value: FieldValue, analyzer: Analyzer<Term>, position: number): number {
    const texts = value.texts(field);
    this.#sort(field, texts);
    if (field.noIndex) return position;
    this.#bit = field.bit;
    this.#frequency = Math.max(1, Math.floor(field.weight));
    this.#stemFrequency = Math.max(1, Math.floor(field.weight * DERIVED_FACTOR));
    this.#stems = !field.noStem;
    this.#sounds = field.phonetic !== undefined;
    for (const [i, text] of texts.entries()) {
      if (i > 0) position += BETWEEN_TEXTS;
      if (text.length === 0 && field.indexEmpty) this.#add(this.#term(""), 1, ++position);
      position = analyzer.analyze(text, 0, text.length, this.#visit, position);
    }
    return position;
  }

  #putWords(): void {
    const { record, facts } = this;
    const { offsets, frequencies, fieldMasks } = this.#definition;
    facts.most = 0;
    const met = this.#met, count = this.#metCount;
    const positions = offsets ? this.#positions : undefined;
    if (count === 0) return;
    record.kind(WORDS, count);
    for (let i = 0; i < count; i++) {
      const term = met[i]!;
      const { frequency } = term;
      record.word(term, frequencies ? frequency : 1, fieldMasks ? term.mask : 0, positions);
      if (frequency > facts.most) facts.most = frequency;
    }
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
