/**
 * The arguments of FT.CREATE and FT.ALTER as the definition of an index.
 *
 * @module
 */

import {
  type DocumentKind,
  type Field,
  type IndexDefinition,
  UNSAID,
  type VectorField,
} from "../../search/index/definition.ts";
import { pathOf } from "../../search/index/json_source.ts";
import { parseExpression } from "../../search/aggregate/parser.ts";
import { languageOf } from "../../search/text/languages.ts";
import { CommandError, wrongArity } from "../../store/values/errors.ts";
import type { ArgumentCursor } from "./argument_cursor.ts";

/** Fields that an index may have, and indexed text fields among them. */
const MOST_FIELDS = 1024;
const MOST_TEXT_FIELDS = 128;
/** Text fields that an index may come to have that was not made for more. */
const MOST_NARROW = 32;

type Options = { -readonly [Name in keyof IndexDefinition]: IndexDefinition[Name] };

/** Reads what follows the index's name in FT.CREATE. @throws {CommandError} What is wrong with it. */
export function readDefinition(name: string, cursor: ArgumentCursor): IndexDefinition {
  const options: Options = {
    name,
    incarnation: crypto.randomUUID(),
    ...UNSAID,
  };
  while (!cursor.done && !cursor.takes("SCHEMA")) {
    if (!readOption(options, cursor)) {
      throw new CommandError(`Unknown argument \`${cursor.text()}\``);
    }
    if (cursor.done) throw new CommandError("No schema found");
  }
  if (cursor.done) throw new CommandError("Fields arguments are missing");
  options.fields = readFields(cursor, [], options.on, name, true);
  if (textFieldsOf(options.fields) > MOST_NARROW) options.maxTextFields = true;
  return options;
}

function readOption(options: Options, cursor: ArgumentCursor): boolean {
  if (cursor.takes("ON")) {
    const type = cursor.required("ON");
    const on = type.toUpperCase();
    if (on !== "HASH" && on !== "JSON") throw new CommandError(`Invalid rule type: ${type}`);
    options.on = on;
  } else if (cursor.takes("PREFIX")) {
    const prefixes = cursor.counted("PREFIX").texts();
    options.prefixes = prefixes.length === 0 ? [""] : prefixes;
  } else if (cursor.takes("FILTER")) {
    options.filter = cursor.required("FILTER");
    parseExpression(options.filter);
  } else if (cursor.takes("LANGUAGE")) {
    const language = languageOf(cursor.required("LANGUAGE"));
    if (language === undefined) throw new CommandError("Invalid language");
    options.language = language;
  } else if (cursor.takes("LANGUAGE_FIELD")) {
    options.languageField = cursor.required("LANGUAGE_FIELD");
  } else if (cursor.takes("SCORE")) {
    const score = Number(cursor.required("SCORE"));
    if (!(score >= 0 && score <= 1)) throw new CommandError("Invalid score");
    options.score = score;
  } else if (cursor.takes("SCORE_FIELD")) options.scoreField = cursor.required("SCORE_FIELD");
  else if (cursor.takes("PAYLOAD_FIELD")) options.payloadField = cursor.required("PAYLOAD_FIELD");
  else if (cursor.takes("STOPWORDS")) {
    options.stopWords = cursor.counted("STOPWORDS").texts().map((word) => word.toLowerCase());
  } else if (cursor.takes("NOOFFSETS")) options.offsets = options.highlights = false;
  else if (cursor.takes("NOHL")) options.highlights = false;
  else if (cursor.takes("NOFIELDS")) options.fieldMasks = false;
  else if (cursor.takes("NOFREQS")) options.frequencies = false;
  else if (cursor.takes("MAXTEXTFIELDS")) options.maxTextFields = true;
  else if (cursor.takes("TEMPORARY")) options.temporarySeconds = cursor.integer("TEMPORARY");
  else if (cursor.takes("SKIPINITIALSCAN")) options.skipInitialScan = true;
  else if (cursor.takes("INDEXALL")) options.indexesAll = readIndexAll(cursor);
  else if (cursor.takes("ASYNC")) return true;
  else return false;
  return true;
}

/** INDEXALL. @returns Whether it is ENABLE. @throws {CommandError} */
function readIndexAll(cursor: ArgumentCursor): boolean {
  const given = cursor.required("INDEXALL").toUpperCase();
  if (given === "ENABLE" || given === "DISABLE") return given === "ENABLE";
  throw new CommandError("Invalid argument for `INDEXALL`, use ENABLE/DISABLE");
}

/** One more than the greatest bit of a text field. */
function textFieldsOf(fields: readonly Field[]): number {
  return fields.reduce(
    (most, field) => field.type === "TEXT" ? Math.max(most, field.bit + 1) : most,
    0,
  );
}

/**
 * Reads fields up to the end, after those there are.
 *
 * @param widens Whether there may be more text fields than an index has room for by itself.
 * @throws {CommandError} What is wrong with them.
 */
export function readFields(
  cursor: ArgumentCursor,
  before: readonly Field[],
  on: DocumentKind,
  index: string,
  widens: boolean,
): Field[] {
  const fields = [...before];
  const names = new Set(fields.map(({ name }) => name));
  let id = fields.reduce((most, field) => Math.max(most, field.id + 1), 0);
  let bit = textFieldsOf(fields);
  widens ||= bit > MOST_NARROW;
  while (!cursor.done) {
    const path = cursor.text() ?? "";
    let name = path;
    if (cursor.takes("AS")) {
      if (cursor.done) throw new CommandError("AS requires an argument");
      name = cursor.text() ?? "";
    }
    if (names.has(name)) throw new CommandError(`Duplicate field in schema - ${name}`);
    if (cursor.done) throw new CommandError(`Field \`${name}\` does not have a type`);
    if (fields.length >= MOST_FIELDS) {
      throw new CommandError(`Schema is limited to ${MOST_FIELDS} fields`);
    }
    const field = readField(cursor, { id: id++, path, name }, bit, on);
    if (on === "JSON" && pathOf(path) === undefined) {
      throw new CommandError(
        `Invalid JSONPath '${path}' in attribute '${name}' in index '${index}'`,
      );
    }
    if (field.type === "TEXT" && !field.noIndex && ++bit > MOST_NARROW && !widens) {
      throw new CommandError(
        "Cannot add more fields. Declare index with wide fields to allow adding unlimited fields",
      );
    }
    if (bit > MOST_TEXT_FIELDS) {
      throw new CommandError(`Schema is limited to ${MOST_TEXT_FIELDS} TEXT fields`);
    }
    names.add(name);
    fields.push(field);
  }
  return fields;
}

interface Named {
  readonly id: number;
  readonly path: string;
  readonly name: string;
}

function readField(
  cursor: ArgumentCursor,
  named: Named,
  bit: number,
  on: DocumentKind,
): Field {
  const missing = { value: false };
  const takesMissing = () => {
    if (!cursor.takes("INDEXMISSING")) return false;
    missing.value = true;
    return true;
  };
  if (cursor.takes("TEXT")) {
    let weight = 1, noStem = false, suffixTrie = false, indexEmpty = false;
    let phonetic: string | undefined;
    for (;;) {
      if (cursor.takes("NOSTEM")) noStem = true;
      else if (cursor.takes("WEIGHT")) {
        if (cursor.done) throw notConverted("weight");
        weight = cursor.double("weight");
      } else if (cursor.takes("PHONETIC")) {
        if (cursor.done) throw new CommandError("PHONETIC requires an argument");
        phonetic = cursor.text() ?? "";
        if (!/^dm:(en|fr|pt|es)$/.test(phonetic)) throw new CommandError(PHONETIC);
      } else if (cursor.takes("WITHSUFFIXTRIE")) suffixTrie = true;
      else if (cursor.takes("INDEXEMPTY")) indexEmpty = true;
      else if (!takesMissing()) break;
    }
    const common = readCommon(cursor, missing.value);
    return {
      type: "TEXT",
      ...named,
      bit: common.noIndex ? -1 : bit,
      weight,
      noStem,
      phonetic,
      suffixTrie,
      indexEmpty,
      ...common,
    };
  }
  if (cursor.takes("TAG")) {
    let separator = on === "HASH" ? "," : undefined;
    let caseSensitive = false, suffixTrie = false, indexEmpty = false;
    for (;;) {
      if (cursor.takes("SEPARATOR")) {
        if (cursor.done) throw new CommandError("SEPARATOR requires an argument");
        separator = cursor.text() ?? "";
        if (separator.length !== 1) {
          throw new CommandError(`Tag separator must be a single character. Got \`${separator}\``);
        }
      } else if (cursor.takes("CASESENSITIVE")) caseSensitive = true;
      else if (cursor.takes("WITHSUFFIXTRIE")) suffixTrie = true;
      else if (cursor.takes("INDEXEMPTY")) indexEmpty = true;
      else if (!takesMissing()) break;
    }
    return {
      type: "TAG",
      ...named,
      separator,
      caseSensitive,
      suffixTrie,
      indexEmpty,
      ...readCommon(cursor, missing.value),
    };
  }
  if (cursor.takes("NUMERIC")) {
    while (takesMissing());
    return { type: "NUMERIC", ...named, ...readCommon(cursor, missing.value) };
  }
  if (cursor.takes("GEO")) {
    while (takesMissing());
    return { type: "GEO", ...named, ...readCommon(cursor, missing.value) };
  }
  if (cursor.takes("GEOSHAPE")) {
    let coordinates: "SPHERICAL" | "FLAT" = "SPHERICAL";
    if (cursor.takes("FLAT")) coordinates = "FLAT";
    else cursor.takes("SPHERICAL");
    while (takesMissing());
    return { type: "GEOSHAPE", ...named, coordinates, ...readCommon(cursor, missing.value) };
  }
  if (cursor.takes("VECTOR")) {
    const vector = readVector(cursor);
    while (takesMissing());
    return {
      type: "VECTOR",
      ...named,
      ...vector,
      vectors: 0,
      sortable: false,
      unf: false,
      noIndex: false,
      indexMissing: missing.value,
    };
  }
  throw new CommandError(`Invalid field type for field \`${named.name}\``);
}

const PHONETIC = "Matcher Format: <2 chars algorithm>:<2 chars language>. Support algorithms: " +
  "double metaphone (dm). Supported languages: English (en), French (fr), Portuguese (pt) and Spanish (es)";

const notConverted = (what: string) =>
  new CommandError(`Bad arguments for ${what}: Could not convert argument to expected type`);

interface Common {
  readonly sortable: boolean;
  readonly unf: boolean;
  readonly noIndex: boolean;
  readonly indexMissing: boolean;
}

/** What may follow the options of any type. */
function readCommon(cursor: ArgumentCursor, indexMissing: boolean): Common {
  let sortable = false, unf = false, noIndex = false;
  for (;;) {
    if (cursor.takes("SORTABLE")) {
      sortable = true;
      if (cursor.takes("UNF")) unf = true;
    } else if (cursor.takes("NOINDEX")) noIndex = true;
    else if (cursor.takes("INDEXMISSING")) indexMissing = true;
    else break;
  }
  return { sortable, unf, noIndex, indexMissing };
}

type VectorFacts = Pick<
  VectorField,
  "algorithm" | "dataType" | "dimensions" | "metric" | "attributes"
>;

const ALGORITHMS = ["FLAT", "HNSW", "SVS-VAMANA"] as const;
const DATA_TYPES = ["FLOAT32", "FLOAT64", "FLOAT16", "BFLOAT16", "INT8", "UINT8"] as const;
const METRICS = ["L2", "IP", "COSINE"] as const;

/** Further attributes of the algorithms. */
const ATTRIBUTES: Readonly<Record<(typeof ALGORITHMS)[number], readonly string[]>> = {
  FLAT: ["INITIAL_CAP", "BLOCK_SIZE"],
  HNSW: ["INITIAL_CAP", "M", "EF_CONSTRUCTION", "EF_RUNTIME", "EPSILON"],
  "SVS-VAMANA": [
    "COMPRESSION",
    "CONSTRUCTION_WINDOW_SIZE",
    "GRAPH_MAX_DEGREE",
    "SEARCH_WINDOW_SIZE",
    "EPSILON",
    "TRAINING_THRESHOLD",
    "REDUCE",
  ],
};

function readVector(cursor: ArgumentCursor): VectorFacts {
  const what = "vector similarity";
  const algorithm = oneOf(cursor.required(`${what} algorithm`), ALGORITHMS, `${what} algorithm`);
  const count = cursor.integer(`${what} number of parameters`);
  if (count % 2 !== 0) {
    throw new CommandError(
      `Bad number of arguments for vector similarity index: got ${count} but expected even number ` +
        "as algorithm parameters (should be submitted as named arguments)",
    );
  }
  if (count > cursor.left) {
    throw new CommandError(`Expected ${count} parameters but got ${cursor.left}`);
  }
  const end = cursor.at + count;
  const of = `${what} ${algorithm} index`;
  const attributes: Record<string, number | string> = {};
  let dataType: VectorFacts["dataType"] | undefined;
  let dimensions: number | undefined;
  let metric: VectorFacts["metric"] | undefined;
  while (cursor.at < end) {
    const name = cursor.required(of).toUpperCase();
    if (name === "TYPE") dataType = oneOf(cursor.required(of), DATA_TYPES, `${of} type`);
    else if (name === "DIM") dimensions = cursor.integer(`${of} dim`, 1, 32768);
    else if (name === "DISTANCE_METRIC") {
      metric = oneOf(cursor.required(of), METRICS, `${of} metric`);
    } else if (ATTRIBUTES[algorithm].includes(name)) {
      if (name === "EPSILON") attributes[name] = cursor.double(`${of} epsilon`);
      else if (name === "COMPRESSION") attributes[name] = cursor.required(of);
      else attributes[name] = cursor.integer(`${of} ${name.toLowerCase()}`);
    } else throw new CommandError(`Bad arguments for algorithm ${algorithm}: ${name}`);
  }
  const lacking = (name: string) =>
    new CommandError(
      `Missing mandatory parameter: cannot create ${algorithm} index without specifying ${name} argument`,
    );
  if (dataType === undefined) throw lacking("TYPE");
  if (dimensions === undefined) throw lacking("DIM");
  if (metric === undefined) throw lacking("DISTANCE_METRIC");
  return { algorithm, dataType, dimensions, metric, attributes };
}

function oneOf<T extends string>(text: string, words: readonly T[], what: string): T {
  const found = words.find((word) => word === text.toUpperCase());
  if (found === undefined) throw new CommandError(`Bad arguments for ${what}: Unknown argument`);
  return found;
}

/** The error of too few arguments. */
export const tooFew = (command: string): CommandError => wrongArity(command);
