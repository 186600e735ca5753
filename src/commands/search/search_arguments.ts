/**
 * The arguments of FT.SEARCH.
 *
 * @module
 */

import { noAttributes } from "../../search/query/nodes.ts";
import type { QueryNode } from "../../search/query/ast.ts";
import { parseDouble } from "../../search/index/values.ts";
import type { QueryOptions } from "../../search/results.ts";
import type { SearchSettings } from "../../search/settings.ts";
import { languageOf } from "../../search/text/languages.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { Highlighting } from "../../search/highlight/highlighting.ts";
import type { ArgumentCursor } from "./argument_cursor.ts";
import { readFormat } from "./format_argument.ts";
import { readSummary, readTags } from "./highlight_arguments.ts";

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** A field of a result, by RETURN. */
export interface ReturnedField {
  /** The name or path as given. */
  readonly path: string;
  /** The name it has in results. */
  readonly as: string;
}

/** What FT.SEARCH is asked for. */
export interface SearchRequest {
  readonly query: Uint8Array;
  readonly options: QueryOptions;
  readonly noContent: boolean;
  readonly withScores: boolean;
  readonly withPayloads: boolean;
  readonly withSortKeys: boolean;
  readonly explainScores: boolean;
  readonly offset: number;
  readonly count: number;
  /** The field results are sorted by; undefined for their scores. */
  readonly sortBy: { readonly field: string; readonly descending: boolean } | undefined;
  /** The fields of results; undefined for all. */
  readonly returns: readonly ReturnedField[] | undefined;
  /** FORMAT EXPAND: whether values of JSON come as what they are. */
  readonly expands: boolean;
  /** SUMMARIZE and HIGHLIGHT; undefined without either. */
  readonly highlighting: Highlighting | undefined;
}

/**
 * Reads what follows the index's name.
 *
 * @throws {CommandError} What is wrong with it.
 */
export function readSearchRequest(cursor: ArgumentCursor, settings: SearchSettings): SearchRequest {
  if (cursor.done) throw new CommandError("No query string provided");
  const query = cursor.bytes("query");
  const first = cursor.at;
  const options: Mutable<QueryOptions> = {
    dialect: settings.defaultDialect,
    timeoutMs: settings.timeoutMs,
  };
  const conditions: QueryNode[] = [];
  const request: Mutable<SearchRequest> = {
    query,
    options,
    noContent: false,
    withScores: false,
    withPayloads: false,
    withSortKeys: false,
    explainScores: false,
    offset: 0,
    count: 10,
    sortBy: undefined,
    returns: undefined,
    expands: false,
    highlighting: undefined,
  };
  while (!cursor.done) {
    if (cursor.takes("NOCONTENT")) request.noContent = true;
    else if (cursor.takes("WITHSCORES")) request.withScores = true;
    else if (cursor.takes("WITHPAYLOADS")) request.withPayloads = true;
    else if (cursor.takes("WITHSORTKEYS")) request.withSortKeys = true;
    else if (cursor.takes("EXPLAINSCORE")) request.explainScores = true;
    else if (cursor.takes("WITHCOUNT") || cursor.takes("WITHOUTCOUNT")) continue;
    else if (cursor.takes("LIMIT")) readLimit(cursor, request, settings);
    else if (cursor.takes("SORTBY")) readSortBy(cursor, request);
    else if (cursor.takes("RETURN")) request.returns = readReturns(cursor);
    else if (cursor.takes("FORMAT")) request.expands = readFormat(cursor);
    else if (cursor.takes("SUMMARIZE")) {
      request.highlighting = {
        tags: undefined,
        ...request.highlighting,
        summary: readSummary(cursor),
      };
    } else if (cursor.takes("HIGHLIGHT")) {
      request.highlighting = {
        summary: undefined,
        ...request.highlighting,
        tags: readTags(cursor),
      };
    } else if (cursor.takes("FILTER")) conditions.push(readFilter(cursor));
    else if (cursor.takes("GEOFILTER")) conditions.push(readGeoFilter(cursor));
    else if (!readQueryOption(cursor, options)) {
      const position = cursor.at - first + 1;
      throw new CommandError(
        `Unknown argument \`${cursor.text()}\` at position ${position} for <main>`,
      );
    }
  }
  if (request.noContent) request.highlighting = undefined;
  if (request.explainScores && !request.withScores) {
    throw new CommandError("EXPLAINSCORE must be accompanied with WITHSCORES");
  }
  if (request.returns?.length === 0) request.noContent = true;
  options.conditions = conditions;
  options.scores = request.withScores || request.sortBy === undefined;
  options.explainScores = request.explainScores;
  return request;
}

/** Reads an option that all queries take. @returns False if the next argument is none. */
export function readQueryOption(cursor: ArgumentCursor, options: Mutable<QueryOptions>): boolean {
  if (cursor.takes("VERBATIM")) options.verbatim = true;
  else if (cursor.takes("NOSTOPWORDS")) options.noStopWords = true;
  else if (cursor.takes("INORDER")) options.inOrder = true;
  else if (cursor.takes("SLOP")) {
    const slop = cursor.integer("SLOP", -1);
    options.slop = slop < 0 ? undefined : slop;
  } else if (cursor.takes("LANGUAGE")) {
    const language = languageOf(cursor.required("LANGUAGE"));
    if (language === undefined) throw new CommandError("No such language");
    options.language = language;
  } else if (cursor.takes("EXPANDER")) cursor.required("EXPANDER");
  else if (cursor.takes("SCORER")) options.scorer = cursor.required("SCORER");
  else if (cursor.takes("PAYLOAD")) options.payload = cursor.bytes("PAYLOAD");
  else if (cursor.takes("INKEYS")) {
    const keys = cursor.counted("INKEYS");
    const inKeys: Uint8Array[] = [];
    while (!keys.done) inKeys.push(keys.bytes("INKEYS"));
    options.inKeys = inKeys;
  } else if (cursor.takes("INFIELDS")) {
    const fields = cursor.counted("INFIELDS").texts();
    options.inFields = fields.length === 0 ? undefined : fields;
  } else if (cursor.takes("TIMEOUT")) {
    const text = cursor.text() ?? "";
    if (!/^\d+$/.test(text)) {
      throw new CommandError("TIMEOUT requires a non negative integer");
    }
    options.timeoutMs = Number(text);
  } else if (cursor.takes("DIALECT")) {
    options.dialect = dialectOf(cursor.text() ?? "");
  } else if (cursor.takes("PARAMS")) readParameters(cursor, options);
  else return false;
  return true;
}

/** The dialect that a text names. @throws {CommandError} If it names none. */
export function dialectOf(text: string): 1 | 2 | 3 | 4 {
  const dialect = ([1, 2, 3, 4] as const).find((number) => String(number) === text);
  if (dialect === undefined) {
    throw new CommandError("DIALECT requires a non negative integer >=1 and <= 4");
  }
  return dialect;
}

function readParameters(cursor: ArgumentCursor, options: Mutable<QueryOptions>): void {
  if (options.parameters !== undefined) {
    throw new CommandError("Multiple PARAMS are not allowed. Parameters can be defined only once");
  }
  const given = cursor.counted("PARAMS");
  if (given.left === 0 || given.left % 2 !== 0) {
    throw new CommandError("Parameters must be specified in PARAM VALUE pairs");
  }
  const parameters = new Map<string, Uint8Array>();
  while (!given.done) {
    const name = given.required("PARAMS");
    if (parameters.has(name)) throw new CommandError(`Duplicate parameter \`${name}\``);
    parameters.set(name, given.bytes("PARAMS"));
  }
  options.parameters = parameters;
}

function readLimit(
  cursor: ArgumentCursor,
  request: Mutable<SearchRequest>,
  { maxResults }: SearchSettings,
): void {
  if (cursor.left < 2) throw new CommandError("LIMIT requires two arguments");
  const offset = cursor.text() ?? "", count = cursor.text() ?? "";
  if (!/^\d+$/.test(offset) || !/^\d+$/.test(count)) {
    throw new CommandError("LIMIT needs two numeric arguments");
  }
  request.offset = Number(offset);
  request.count = Number(count);
  if (request.count > maxResults) {
    throw new CommandError(`LIMIT exceeds maximum of ${maxResults}`);
  }
  if (request.offset > maxResults) {
    throw new CommandError(`OFFSET exceeds maximum of ${maxResults}`);
  }
}

function readSortBy(cursor: ArgumentCursor, request: Mutable<SearchRequest>): void {
  if (request.sortBy !== undefined) {
    throw new CommandError("Multiple SORTBY steps are not allowed");
  }
  if (cursor.done) throw new CommandError("Bad SORTBY arguments");
  const field = (cursor.text() ?? "").replace(/^@/, "");
  let descending = false;
  if (cursor.takes("DESC")) descending = true;
  else cursor.takes("ASC");
  if (cursor.takes("MAX")) throw new CommandError("SORTBY MAX is not supported by FT.SEARCH");
  request.sortBy = { field, descending };
}

function readReturns(cursor: ArgumentCursor): ReturnedField[] {
  const given = cursor.counted("RETURN");
  const fields: ReturnedField[] = [];
  while (!given.done) {
    const path = given.required("RETURN").replace(/^@/, "");
    let as = path;
    if (given.takes("AS")) {
      if (given.done) {
        throw new CommandError("RETURN path AS name - must be accompanied with NAME");
      }
      as = given.required("RETURN");
    }
    fields.push({ path, as });
  }
  return fields;
}

const base = () => ({ attributes: noAttributes(), fields: undefined });

/** A bound of FILTER: a number, with `(` before it if it is not included itself. */
function readBound(cursor: ArgumentCursor, what: string): { value: number; exclusive: boolean } {
  const text = cursor.text() ?? "";
  const exclusive = text.startsWith("(");
  const value = parseDouble(exclusive ? text.slice(1) : text);
  if (value === undefined) throw new CommandError(`Bad ${what} range: ${text}`);
  return { value, exclusive };
}

function readFilter(cursor: ArgumentCursor): QueryNode {
  if (cursor.left < 3) throw new CommandError("FILTER requires 3 arguments");
  const field = cursor.text() ?? "";
  const min = readBound(cursor, "lower"), max = readBound(cursor, "upper");
  return {
    kind: "numeric",
    field,
    min: min.value,
    max: max.value,
    minExclusive: min.exclusive,
    maxExclusive: max.exclusive,
    ...base(),
  };
}

function readGeoFilter(cursor: ArgumentCursor): QueryNode {
  if (cursor.left < 5) throw new CommandError("GEOFILTER requires 5 arguments");
  const field = cursor.text() ?? "";
  const longitude = cursor.double("<lon>");
  const latitude = cursor.double("<lat>");
  const radius = cursor.double("<radius>");
  const given = cursor.text() ?? "";
  const unit = given.toLowerCase();
  if (unit !== "m" && unit !== "km" && unit !== "mi" && unit !== "ft") {
    throw new CommandError(`Unknown distance unit ${given}`);
  }
  return { kind: "geo", field, longitude, latitude, radius, unit, ...base() };
}
