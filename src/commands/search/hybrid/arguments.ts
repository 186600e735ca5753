/**
 * The arguments of FT.HYBRID: two queries, how their lists become one, and what is done with that.
 *
 * @module
 */

import type { AggregateRequest } from "../../../search/aggregate/request.ts";
import type { HybridRequest } from "../../../search/hybrid.ts";
import type { QueryNode, VectorNode } from "../../../search/query/ast.ts";
import { noAttributes } from "../../../search/query/nodes.ts";
import type { QueryOptions } from "../../../search/results.ts";
import type { Index } from "../../../search/search_index.ts";
import type { SearchSettings } from "../../../search/settings.ts";
import { CommandError } from "../../../store/values/errors.ts";
import type { ArgumentCursor } from "../argument_cursor.ts";
import { defaultFusion, readFusion, sliceOf, valueOf } from "./fusion.ts";
import { HybridSteps } from "./steps.ts";
import { refusal } from "../module_arguments.ts";

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

const DEFAULT_SCORER = "BM25STD";
const DEFAULT_NEIGHBOURS = 10;

/** The name of a vector's distance between execution and fusion. */
const DISTANCE = "__vector_distance";

const NO_DIALECT = "DIALECT is not supported in FT.HYBRID or any of its subqueries. " +
  "Please check the documentation on search-default-dialect configuration.";

/** What VSIM says. */
interface VectorClause {
  readonly field: string;
  /** The name of the parameter that has the vector. */
  readonly parameter: string;
  readonly query: VectorNode["query"];
  readonly parameters: Readonly<Record<string, string>>;
  /** The query that chooses among the documents. */
  readonly filter: Uint8Array | undefined;
  readonly scoreAs: string | undefined;
}

/** FT.HYBRID's request: what is found, and what is done with it. */
export interface HybridCommand {
  readonly request: HybridRequest;
  readonly rows: AggregateRequest;
}

/** Reads the arguments behind the index's name. @throws {CommandError} */
export function readHybrid(
  cursor: ArgumentCursor,
  index: Index,
  settings: SearchSettings,
): HybridCommand {
  const options: Mutable<QueryOptions> = {
    dialect: settings.defaultDialect === 1 ? 2 : settings.defaultDialect,
    timeoutMs: settings.timeoutMs,
    scorer: DEFAULT_SCORER,
  };
  readQueryCount(cursor);
  if (cursor.done) throw new CommandError("No query string provided for SEARCH");
  const query = cursor.bytes("SEARCH");
  const textScoreAs = readSearchOptions(cursor, options);
  const clause = readVector(cursor);
  let { fusion, scoreAs } = defaultFusion(settings);
  const tail = new HybridSteps(cursor, settings);
  while (!cursor.done) {
    if (cursor.takes("COMBINE")) {
      tail.once("COMBINE");
      ({ fusion, scoreAs } = readFusion(cursor, settings));
    } else if (cursor.args.is(cursor.at, "DIALECT")) throw new CommandError(NO_DIALECT);
    else if (!tail.read(options)) {
      throw refusal(`${cursor.text()}: Unknown argument`);
    }
  }
  const request: HybridRequest = {
    query,
    options,
    vector: vectorOf(clause, index, options, fusion.window),
    fusion,
    textScoreAs,
    vectorScoreAs: clause.scoreAs,
    hidden: hiddenNames(cursor),
  };
  assertPlain(index.parse(query, options), "SEARCH");
  return { request, rows: tail.rows(request, scoreAs) };
}

/** How many queries there are, which is two, before the word SEARCH. @throws {CommandError} */
function readQueryCount(cursor: ArgumentCursor): void {
  if (cursor.done) throw new CommandError("Missing subqueries count for FT.HYBRID");
  if (cursor.takes("SEARCH")) return;
  const count = cursor.text() ?? "";
  if (!/^\d+$/.test(count) || Number(count) < 1) {
    throw new CommandError("Invalid subqueries count: expected an unsigned integer");
  }
  if (Number(count) !== 2) {
    throw new CommandError("FT.HYBRID currently supports only two subqueries");
  }
  if (!cursor.takes("SEARCH")) throw new CommandError("SEARCH keyword is required");
}

/** What stands between the query of words and VSIM. @returns The name of its score. */
function readSearchOptions(
  cursor: ArgumentCursor,
  options: Mutable<QueryOptions>,
): string | undefined {
  let scoreAs: string | undefined;
  while (!cursor.done && !cursor.args.is(cursor.at, "VSIM")) {
    if (cursor.takes("SCORER")) options.scorer = readScorer(cursor);
    else if (cursor.takes("YIELD_SCORE_AS")) scoreAs = cursor.required("YIELD_SCORE_AS");
    else if (cursor.takes("DIALECT")) throw new CommandError(NO_DIALECT);
    else throw refusal(`Unknown argument \`${cursor.text()}\` in SEARCH`);
  }
  return scoreAs;
}

/** SCORER: its name, or how many arguments follow, its name and its parameters. */
function readScorer(cursor: ArgumentCursor): string {
  const given = cursor.required("SCORER");
  if (!/^\d+$/.test(given) || cursor.done) return given;
  const name = cursor.required("SCORER");
  for (let i = 1; i < Number(given); i++) cursor.required("SCORER");
  return name;
}

// The vector.

function readVector(cursor: ArgumentCursor): VectorClause {
  if (!cursor.takes("VSIM")) throw new CommandError("VSIM argument is required");
  const name = cursor.text();
  if (name === undefined) throw new CommandError("Missing vector field name");
  if (!name.startsWith("@")) throw new CommandError("Missing @ prefix for vector field name");
  const given = cursor.text();
  if (given === undefined) throw new CommandError("Missing vector argument");
  if (!given.startsWith("$")) {
    throw new CommandError(
      "Invalid vector argument, expected a parameter name starting with $",
    );
  }
  const parameters: Record<string, string> = {};
  const clause: Mutable<VectorClause> = {
    field: name.slice(1),
    parameter: given.slice(1),
    query: { type: "knn", k: DEFAULT_NEIGHBOURS },
    parameters,
    filter: undefined,
    scoreAs: undefined,
  };
  if (cursor.takes("KNN")) readNearest(cursor, clause, parameters);
  else if (cursor.takes("RANGE")) readRange(cursor, clause, parameters);
  if (cursor.takes("FILTER")) clause.filter = readFilter(cursor, parameters);
  for (;;) {
    if (cursor.takes("YIELD_SCORE_AS")) readScoreAs(cursor, clause);
    else if (cursor.takes("POLICY")) parameters["HYBRID_POLICY"] = cursor.required("POLICY");
    else if (cursor.takes("BATCH_SIZE")) {
      parameters["BATCH_SIZE"] = cursor.required("BATCH_SIZE");
    } else return clause;
  }
}

function readScoreAs(cursor: ArgumentCursor, clause: Mutable<VectorClause>): void {
  if (clause.scoreAs !== undefined) {
    throw new CommandError("Duplicate YIELD_SCORE_AS argument");
  }
  clause.scoreAs = valueOf(cursor, "YIELD_SCORE_AS");
}

/** Reads pairs of a name and a value behind their count. @param take False for a name it does not know. */
function readPairs(
  cursor: ArgumentCursor,
  clause: string,
  take: (name: string) => boolean,
): void {
  const given = cursor.text();
  if (given === undefined) throw new CommandError("Missing argument count");
  if (!/^\d+$/.test(given)) {
    throw new CommandError("Invalid argument count: expected an unsigned integer");
  }
  const count = Number(given);
  if (count === 0 || count % 2 !== 0) {
    throw new CommandError(
      `Invalid argument count: ${count} (must be a positive even number for key/value pairs)`,
    );
  }
  const seen = new Set<string>();
  for (let i = 0; i < count; i += 2) {
    const name = cursor.text();
    if (name === undefined) {
      throw new CommandError(
        `Expected arguments ${count}, but ${i} ${i === 1 ? "was" : "were"} provided`,
      );
    }
    const upper = name.toUpperCase();
    if (seen.has(upper)) throw refusal(`Duplicate ${upper} argument`);
    seen.add(upper);
    if (!take(upper)) throw refusal(`Unknown argument \`${name}\` in ${clause}`);
  }
}

function readNearest(
  cursor: ArgumentCursor,
  clause: Mutable<VectorClause>,
  parameters: Record<string, string>,
): void {
  let k = 0;
  readPairs(cursor, "KNN", (name) => {
    if (name === "K") k = positiveOf(cursor, name);
    else if (name === "EF_RUNTIME") parameters[name] = String(positiveOf(cursor, name));
    else if (name === "SHARD_K_RATIO") readRatio(cursor);
    else if (name === "YIELD_SCORE_AS") readScoreAs(cursor, clause);
    else return false;
    return true;
  });
  if (k === 0) throw new CommandError("Missing required argument K");
  clause.query = { type: "knn", k };
}

function readRange(
  cursor: ArgumentCursor,
  clause: Mutable<VectorClause>,
  parameters: Record<string, string>,
): void {
  let radius: number | undefined;
  readPairs(cursor, "RANGE", (name) => {
    if (name === "RADIUS") radius = doubleOf(cursor, name, (value) => value >= 0);
    else if (name === "EPSILON") {
      parameters[name] = String(doubleOf(cursor, name, (value) => value > 0));
    } else if (name === "YIELD_SCORE_AS") readScoreAs(cursor, clause);
    else return false;
    return true;
  });
  if (radius === undefined) throw new CommandError("Missing required argument RADIUS");
  clause.query = { type: "range", radius };
}

function positiveOf(cursor: ArgumentCursor, name: string): number {
  const text = valueOf(cursor, name);
  const value = /^\+?\d+$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new CommandError(`Invalid ${name} value`);
  return value;
}

function doubleOf(
  cursor: ArgumentCursor,
  name: string,
  fits: (value: number) => boolean,
): number {
  const value = Number(valueOf(cursor, name));
  if (!fits(value)) throw new CommandError(`Invalid ${name} value`);
  return value;
}

/** SHARD_K_RATIO, for which there are no shards here. */
function readRatio(cursor: ArgumentCursor): void {
  doubleOf(cursor, "SHARD_K_RATIO", (value) => value > 0 && value <= 1);
}

/** FILTER: a query, or how many arguments follow, the query, and how it is to be applied. */
function readFilter(cursor: ArgumentCursor, parameters: Record<string, string>): Uint8Array {
  if (cursor.done) throw new CommandError("Missing argument count for FILTER");
  const given = cursor.args.text(cursor.at);
  if (!/^\d+$/.test(given)) return cursor.bytes("FILTER");
  cursor.at++;
  const filter = sliceOf(cursor, "FILTER", Number(given));
  if (filter.done) throw new CommandError("Missing filter-expression for FILTER");
  const query = filter.bytes("FILTER");
  while (!filter.done) {
    if (filter.takes("POLICY")) {
      const policy = filter.required("POLICY").toUpperCase();
      if (!["ADHOC", "ADHOC_BF", "BATCHES"].includes(policy)) {
        throw new CommandError("POLICY: Invalid value for argument");
      }
      parameters["HYBRID_POLICY"] = policy;
    } else if (filter.takes("BATCH_SIZE")) {
      parameters["BATCH_SIZE"] = filter.required("BATCH_SIZE");
    } else throw refusal(`${filter.text()}: Unknown argument`);
  }
  return query;
}

/** Names of what each row has, if some argument speaks of it: the distance, and the fused score. */
function hiddenNames({ args }: ArgumentCursor): { distance: boolean; score: boolean } {
  let distance = false, score = false;
  for (let i = 2; i < args.count; i++) {
    const text = args.text(i);
    distance ||= text.includes("@vector_distance");
    score ||= text.includes("@__combined_score");
  }
  return { distance, score };
}

// What is asked of the index.

/** Refuses what only the vector may say. @throws {CommandError} */
function assertPlain(node: QueryNode, clause: string): void {
  if (node.kind === "vector") {
    throw new CommandError(`Vector expressions are not allowed in FT.HYBRID ${clause}`);
  }
  if (clause !== "SEARCH" && node.attributes.weight !== 1) {
    throw new CommandError(`Weight attributes are not allowed in FT.HYBRID ${clause}`);
  }
  if ("children" in node) { for (const child of node.children) assertPlain(child, clause); }
  else if ("child" in node) assertPlain(node.child, clause);
}

/** @throws {CommandError} If there is no such vector or field. */
function vectorOf(
  { field, parameter, query, parameters, filter }: VectorClause,
  index: Index,
  options: QueryOptions,
  window: number,
): VectorNode {
  const known = index.field(field);
  if (known === undefined) throw refusal(`Unknown field \`${field}\``);
  if (known.type !== "VECTOR") {
    throw refusal(`Expected a VECTOR field at field \`${field}\``);
  }
  const vector = options.parameters?.get(parameter);
  if (vector === undefined) throw refusal(`No such parameter \`${parameter}\``);
  const chosen = filter && index.parse(filter, { ...options, verbatim: true });
  if (chosen !== undefined) assertPlain(chosen, "VSIM FILTER");
  return {
    kind: "vector",
    field,
    vector,
    parameter,
    // More than the window of either list are of no use.
    query: query.type === "knn" ? { type: "knn", k: Math.min(query.k, window) } : query,
    parameters,
    child: chosen,
    attributes: { ...noAttributes(), distanceAs: DISTANCE },
    fields: undefined,
  };
}
