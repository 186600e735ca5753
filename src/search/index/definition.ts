/**
 * What an index is made of, as FT.CREATE says it: which keys, which fields of them, and how.
 *
 * @module
 */

/** What the documents of an index are. */
export type DocumentKind = "HASH" | "JSON" | "STRING";

/** Which strings an index of them is about, or not. */
export interface StringRule {
  readonly level: "global" | "database" | "pattern" | "key";
  /** The database, the pattern or the key, a character a byte; `*` of all. */
  readonly target: string;
  readonly enabled: boolean;
}

/** The types of fields. */
export type FieldType = "TEXT" | "TAG" | "NUMERIC" | "GEO" | "GEOSHAPE" | "VECTOR";

/** What fields of all types have. */
interface AnyField {
  /** Counts the fields of the index from 0, in the order they were added; never another's. */
  readonly id: number;
  /** Where its value is: the field of a hash, or a path of JSON. */
  readonly path: string;
  /** Its name in queries: what AS gave it, else the path. */
  readonly name: string;
  /** Whether a sort value is kept for each document. */
  readonly sortable: boolean;
  /** Whether the sort value of a text is as it stands, not in lower case. */
  readonly unf: boolean;
  /** Whether the field is only for sorting. */
  readonly noIndex: boolean;
  /** Whether `ismissing` may ask for documents without it. */
  readonly indexMissing: boolean;
}

/** A field of words. */
export interface TextField extends AnyField {
  readonly type: "TEXT";
  /**
   * Counts the text fields of the index from 0: its bit in the field masks of postings. -1 for one that is
   * not indexed.
   */
  readonly bit: number;
  readonly weight: number;
  readonly noStem: boolean;
  /** The phonetic matcher (`dm:en`), if there is one. */
  readonly phonetic: string | undefined;
  readonly suffixTrie: boolean;
  readonly indexEmpty: boolean;
}

/** A field of words that are taken whole. */
export interface TagField extends AnyField {
  readonly type: "TAG";
  /** The character between tags of a hash's field; undefined where JSON has one tag in each text. */
  readonly separator: string | undefined;
  readonly caseSensitive: boolean;
  readonly suffixTrie: boolean;
  readonly indexEmpty: boolean;
}

/** A field of numbers. */
export interface NumericField extends AnyField {
  readonly type: "NUMERIC";
}

/** A field of points of the earth. */
export interface GeoField extends AnyField {
  readonly type: "GEO";
}

/** A field of shapes. */
export interface GeoShapeField extends AnyField {
  readonly type: "GEOSHAPE";
  readonly coordinates: "SPHERICAL" | "FLAT";
}

/** A field of vectors. */
export interface VectorField extends AnyField {
  readonly type: "VECTOR";
  readonly algorithm: "FLAT" | "HNSW" | "SVS-VAMANA";
  readonly dataType: "FLOAT32" | "FLOAT64" | "FLOAT16" | "BFLOAT16" | "INT8" | "UINT8";
  readonly dimensions: number;
  readonly metric: "L2" | "IP" | "COSINE";
  /** The id of the index of vectors; 0 before there is one. */
  readonly vectors: number;
  /** Further attributes (M, EF_CONSTRUCTION, BLOCK_SIZE…), by name in upper case. */
  readonly attributes: Readonly<Record<string, number | string>>;
}

/** A field of an index. */
export type Field =
  | TextField
  | TagField
  | NumericField
  | GeoField
  | GeoShapeField
  | VectorField;

/** All that FT.CREATE and FT.ALTER say of an index. */
export interface IndexDefinition {
  readonly name: string;
  /** Another text whenever the index begins anew: two indexes of one name are never taken for one. */
  readonly incarnation: string;
  readonly on: DocumentKind;
  /** Of an index of strings: which of them, in the order that was said. */
  readonly rules?: readonly StringRule[];
  /** What keys begin with; `[""]` for all keys. */
  readonly prefixes: readonly string[];
  /** The expression that documents must fulfil. */
  readonly filter: string | undefined;
  /** The language of documents that name none. */
  readonly language: string;
  /** The field that names a document's language. */
  readonly languageField: string | undefined;
  /** The score of documents that have none of their own. */
  readonly score: number;
  readonly scoreField: string | undefined;
  readonly payloadField: string | undefined;
  /** Words that are not indexed; undefined for the default list. */
  readonly stopWords: readonly string[] | undefined;
  /** Whether positions are kept (not NOOFFSETS). */
  readonly offsets: boolean;
  /** Whether byte offsets for highlighting are kept (not NOHL). */
  readonly highlights: boolean;
  /** Whether postings tell fields apart (not NOFIELDS). */
  readonly fieldMasks: boolean;
  /** Whether postings have frequencies (not NOFREQS). */
  readonly frequencies: boolean;
  readonly maxTextFields: boolean;
  /** Seconds without use after which the index goes; undefined for never. */
  readonly temporarySeconds: number | undefined;
  /** Whether keys that exist already are left out. */
  readonly skipInitialScan: boolean;
  /** INDEXALL, which is told and nothing else: all documents are known without a list of them. */
  readonly indexesAll?: boolean;
  readonly fields: readonly Field[];
  /** Groups of synonyms by word, both in the form that words are indexed in. */
  readonly synonyms: Readonly<Record<string, readonly string[]>>;
}

/** What an index is of which nothing is said but its name. */
export const UNSAID: Omit<IndexDefinition, "name" | "incarnation"> = {
  on: "HASH",
  prefixes: [""],
  filter: undefined,
  language: "english",
  languageField: undefined,
  score: 1,
  scoreField: undefined,
  payloadField: undefined,
  stopWords: undefined,
  offsets: true,
  highlights: true,
  fieldMasks: true,
  frequencies: true,
  maxTextFields: false,
  temporarySeconds: undefined,
  skipInitialScan: false,
  fields: [],
  synonyms: {},
};
