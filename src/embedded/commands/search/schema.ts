/** What an index is made of, as `db.ft.create` takes it, and the types of what it finds. */

import type { Argument } from "../../data.ts";
import { kindOf, wrongType } from "../../checks.ts";

/**
 * How a field of an index is declared: its type alone, or with options.
 *
 * @example
 * ```ts
 * import type { FieldSpec } from "@redlite/redlite";
 *
 * const title: FieldSpec = { type: "text", weight: 2, sortable: true };
 * const year: FieldSpec = "numeric";
 * console.log(title.type, year); // text numeric
 * ```
 */
export type FieldSpec =
  | "text"
  | "tag"
  | "numeric"
  | "geo"
  | "geoshape"
  | TextSpec
  | TagSpec
  | NumericSpec
  | GeoSpec
  | GeoShapeSpec
  | VectorSpec;

/** What fields of all types take. */
export interface AnyFieldSpec {
  /** The field of a hash, or the path in JSON, where it is not the field's name. */
  path?: string;
  /** Whether results may be sorted by it; `"unf"` for a text as it stands, not in lower case. */
  sortable?: boolean | "unf";
  /** Whether it is for sorting alone. */
  noindex?: boolean;
  /** Whether `ismissing` may ask for documents without it. */
  indexmissing?: boolean;
}

/** A field of words. */
export interface TextSpec extends AnyFieldSpec {
  /** The type of field. */
  type: "text";
  /** What a word in it counts. */
  weight?: number;
  /** Whether words match by themselves alone, not by their stems. */
  nostem?: boolean;
  /** Whether words match by their sound: `dm:en`, `dm:fr`, `dm:pt`, `dm:es`. */
  phonetic?: string;
  /** Whether its words are kept by their endings too, for `*suffix` and `*infix*`. */
  withsuffixtrie?: boolean;
  /** Whether empty texts may be asked for. */
  indexempty?: boolean;
}

/** A field of tags. */
export interface TagSpec extends AnyFieldSpec {
  /** The type of field. */
  type: "tag";
  /** The character between tags, a comma by default. */
  separator?: string;
  /** Whether tags differ by case. */
  casesensitive?: boolean;
  /** Whether its words are kept by their endings too, for `*suffix` and `*infix*`. */
  withsuffixtrie?: boolean;
  /** Whether empty tags may be asked for. */
  indexempty?: boolean;
}

/** A field of numbers. */
export interface NumericSpec extends AnyFieldSpec {
  /** The type of field. */
  type: "numeric";
}

/** A field of points of the earth. */
export interface GeoSpec extends AnyFieldSpec {
  /** The type of field. */
  type: "geo";
}

/** A field of shapes. */
export interface GeoShapeSpec extends AnyFieldSpec {
  /** The type of field. */
  type: "geoshape";
  /** What coordinates are on: a plane, or the sphere (the default). */
  coordinates?: "flat" | "spherical";
}

/** A field of vectors, which the extension `vec` keeps. */
export interface VectorSpec {
  /** The type of field. */
  type: "vector";
  /** The field of a hash, or the path in JSON, where it is not the field's name. */
  path?: string;
  /** `flat` compares with every vector; the others may be approximate. `flat` by default. */
  algorithm?: "flat" | "hnsw" | "svs-vamana";
  /** What the numbers of a vector are, `float32` by default. */
  datatype?: "float32" | "float64" | "float16" | "bfloat16" | "int8" | "uint8";
  /** Numbers of a vector. */
  dim: number;
  /** How vectors are compared, `cosine` by default. */
  metric?: "l2" | "ip" | "cosine";
  /** Further attributes of the algorithm, by name. */
  attributes?: Readonly<Record<string, number | string>>;
}

/**
 * The fields of an index by name.
 *
 * @example
 * ```ts
 * import type { IndexSchema } from "@redlite/redlite";
 *
 * const schema: IndexSchema = { title: "text", year: { type: "numeric", sortable: true } };
 * console.log(Object.keys(schema)); // ["title", "year"]
 * ```
 */
export type IndexSchema = Readonly<Record<string, FieldSpec>>;

/** What a field's values come back as: numbers as numbers, everything else as text. */
export type FieldResult<Spec> = Spec extends "numeric" | { readonly type: "numeric" } ? number
  : string;

/**
 * The fields of a result, typed by the index's schema; a document need not have them all.
 *
 * @example
 * ```ts
 * import type { FoundFields } from "@redlite/redlite";
 *
 * const found: FoundFields<{ title: "text"; year: "numeric" }> = { title: "Dune", year: 1965 };
 * console.log(found.year); // 1965
 * ```
 */
export type FoundFields<Schema> = IndexSchema extends Schema ? Record<string, string | undefined>
  :
    & { [Name in keyof Schema]?: FieldResult<Schema[Name]> }
    & Record<string, string | number | undefined>;

/** The words of a schema in FT.CREATE and FT.ALTER. @throws {TypeError} If it is none. */
export function schemaWords(schema: IndexSchema): Argument[] {
  if (typeof schema !== "object" || schema === null) {
    throw wrongType("schema", "an object of fields", schema);
  }
  return Object.entries(schema).flatMap(([name, spec]) => fieldWords(name, spec));
}

function fieldWords(name: string, spec: FieldSpec): Argument[] {
  if (typeof spec === "string") return [name, spec.toUpperCase()];
  if (typeof spec !== "object" || spec === null || typeof spec.type !== "string") {
    throw new TypeError(`field ${name} must be a type or an object with one, not ${kindOf(spec)}`);
  }
  const words: Argument[] = [...spec.path === undefined ? [name] : [spec.path, "AS", name]];
  words.push(spec.type.toUpperCase());
  switch (spec.type) {
    case "text":
      if (spec.nostem) words.push("NOSTEM");
      if (spec.weight !== undefined) words.push("WEIGHT", spec.weight);
      if (spec.phonetic !== undefined) words.push("PHONETIC", spec.phonetic);
      if (spec.withsuffixtrie) words.push("WITHSUFFIXTRIE");
      if (spec.indexempty) words.push("INDEXEMPTY");
      break;
    case "tag":
      if (spec.separator !== undefined) words.push("SEPARATOR", spec.separator);
      if (spec.casesensitive) words.push("CASESENSITIVE");
      if (spec.withsuffixtrie) words.push("WITHSUFFIXTRIE");
      if (spec.indexempty) words.push("INDEXEMPTY");
      break;
    case "geoshape":
      if (spec.coordinates !== undefined) words.push(spec.coordinates.toUpperCase());
      break;
    case "vector":
      return [...words, ...vectorWords(spec)];
  }
  if (spec.indexmissing) words.push("INDEXMISSING");
  if (spec.sortable) words.push("SORTABLE");
  if (spec.sortable === "unf") words.push("UNF");
  if (spec.noindex) words.push("NOINDEX");
  return words;
}

function vectorWords(spec: VectorSpec): Argument[] {
  const { algorithm = "flat", datatype = "float32", dim, metric = "cosine" } = spec;
  const attributes: Argument[] = [
    ...["TYPE", datatype.toUpperCase(), "DIM", dim, "DISTANCE_METRIC", metric.toUpperCase()],
    ...Object.entries(spec.attributes ?? {}).flatMap(([name, value]) => [
      name.toUpperCase(),
      value,
    ]),
  ];
  return [algorithm.toUpperCase(), attributes.length, ...attributes];
}
