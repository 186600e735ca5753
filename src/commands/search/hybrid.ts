/**
 * FT.HYBRID: words and a vector in one query.
 *
 * @module
 */

import { aggregateStream } from "../../search/aggregate/aggregate.ts";
import type { AggregateRequest, SortKey, Step } from "../../search/aggregate/request.ts";
import { type Fusion, hybridMatches, type HybridRequest } from "../../search/hybrid.ts";
import type { VectorNode } from "../../search/query/ast.ts";
import { noAttributes } from "../../search/query/nodes.ts";
import type { QueryOptions } from "../../search/results.ts";
import { QueryTimeout } from "../../search/index/deadline.ts";
import type { Index } from "../../search/search_index.ts";
import { Search } from "../../search/search.ts";
import type { SearchSettings } from "../../search/settings.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { arrangementOf, readStep } from "./aggregate_arguments.ts";
import { writeRow } from "./aggregate_reply.ts";
import { askedIndex } from "./access.ts";
import { ArgumentCursor } from "./argument_cursor.ts";
import { assertArity, refusal } from "./module_arguments.ts";
import { readQueryOption } from "./search_arguments.ts";

const command = commandsOf("search");

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

const DEFAULT_NEIGHBOURS = 10;
const DEFAULT_WINDOW = 20;
const DEFAULT_CONSTANT = 60;
const DEFAULT_WEIGHTS = { alpha: 0.3, beta: 0.7 };
const DEFAULT_ROWS = 10;

/** The name of a vector's distance between execution and fusion. */
const DISTANCE = "__vector_distance";

/** What VSIM says. */
interface VectorClause {
  readonly field: string;
  /** A parameter's name, or the vector itself. */
  readonly given: Uint8Array;
  readonly query: VectorNode["query"];
  readonly parameters: Readonly<Record<string, string>>;
  /** The query that chooses among the documents. */
  readonly filter: Uint8Array | undefined;
  readonly scoreAs: string | undefined;
}

function hybrid(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 7);
  const startedAt = performance.now();
  const searches = Search.of(store);
  const index = askedIndex(context);
  const { settings } = searches;
  const { request, rows } = readHybrid(new ArgumentCursor(args, 2), index, settings);
  const matches = hybridMatches(index, request);
  const found = aggregateStream(index, rows, {
    names: matches.names,
    open: () => matches,
  }, {
    isTimeout: (error) => error instanceof QueryTimeout,
    keepsPartial: settings.onTimeout === "return",
  });
  reply.map(4);
  reply.status("total_results");
  reply.integer(found.collected ? found.total : matches.length);
  reply.status("results");
  reply.array(found.rows.length);
  for (const row of found.rows) writeRow(reply, row);
  reply.status("warnings");
  reply.array(found.warning === undefined ? 0 : 1);
  if (found.warning !== undefined) reply.status(found.warning);
  reply.status("execution_time");
  reply.double(performance.now() - startedAt);
}

/** Reads the arguments behind the index's name. @throws {CommandError} */
function readHybrid(
  cursor: ArgumentCursor,
  index: Index,
  settings: SearchSettings,
): { request: HybridRequest; rows: AggregateRequest } {
  const options: Mutable<QueryOptions> = { dialect: 2, timeoutMs: settings.timeoutMs };
  if (!cursor.takes("SEARCH")) throw new CommandError("SEARCH argument is required");
  const query = cursor.bytes("SEARCH");
  let textScoreAs: string | undefined;
  for (;;) {
    if (cursor.takes("SCORER")) options.scorer = readScorer(cursor);
    else if (cursor.takes("YIELD_SCORE_AS")) textScoreAs = cursor.required("YIELD_SCORE_AS");
    else break;
  }
  if (!cursor.takes("VSIM")) throw new CommandError("VSIM argument is required");
  const clause = readVector(cursor);
  let fusion: Fusion = { kind: "rrf", constant: DEFAULT_CONSTANT, window: DEFAULT_WINDOW };
  let scoreAs: string | undefined;
  if (cursor.takes("COMBINE")) ({ fusion, scoreAs } = readFusion(cursor));
  const steps: Step[] = [];
  let noRows = false, sorts = true;
  while (!cursor.done) {
    const arranged = arrangementOf(steps);
    const step = readSortBy(cursor) ?? readStep(cursor, arranged);
    if (step?.kind === "arrange" && step.limit?.count === 0) noRows = true;
    if (step?.kind === "arrange" && arranged !== undefined) {
      const limit = step.limit ?? arranged.limit;
      steps[steps.indexOf(arranged)] = { kind: "arrange", keys: step.keys ?? arranged.keys, limit };
    } else if (step !== undefined) steps.push(step);
    else if (cursor.takes("NOSORT")) sorts = false;
    else if (!readQueryOption(cursor, options)) {
      throw refusal(`Unknown argument \`${cursor.text()}\` for FT.HYBRID`);
    }
  }
  const request: HybridRequest = {
    query,
    options,
    vector: vectorOf(clause, index, options),
    fusion,
    textScoreAs,
    vectorScoreAs: clause.scoreAs,
  };
  return { request, rows: rowsOf(request, steps, scoreAs, noRows, sorts) };
}

/** What is done with the fused list: without a wish, its keys and scores, the best ten. */
function rowsOf(
  { query, options }: HybridRequest,
  steps: readonly Step[],
  scoreAs: string | undefined,
  noRows: boolean,
  sorts: boolean,
): AggregateRequest {
  const shaped = steps.some(({ kind }) => kind === "load" || kind === "group");
  const key: Step = { kind: "load", fields: [{ path: "__key", as: "__key" }] };
  const best: Step = {
    kind: "arrange",
    keys: undefined,
    limit: { offset: 0, count: DEFAULT_ROWS },
  };
  const limited = !sorts || steps.some(({ kind }) => kind === "arrange" || kind === "group");
  return {
    query,
    options,
    steps: [...shaped ? [] : [key], ...steps, ...limited ? [] : [best]],
    noRows,
    addScores: true,
    ...scoreAs === undefined ? {} : { scoreAs },
    cursor: undefined,
  };
}

/** SCORER: its name, or how many arguments follow, its name and its parameters. */
function readScorer(cursor: ArgumentCursor): string {
  const given = cursor.required("SCORER");
  if (!/^\d+$/.test(given) || cursor.done) return given;
  const name = cursor.required("SCORER");
  for (let i = 1; i < Number(given); i++) cursor.required("SCORER");
  return name;
}

function readVector(cursor: ArgumentCursor): VectorClause {
  const name = cursor.required("VSIM");
  if (!name.startsWith("@")) throw refusal(`Missing '@' before the vector field \`${name}\``);
  const given = cursor.bytes("VSIM");
  let query: VectorNode["query"] = { type: "knn", k: DEFAULT_NEIGHBOURS };
  let scoreAs: string | undefined;
  const parameters: Record<string, string> = {};
  let filter: Uint8Array | undefined;
  for (;;) {
    if (cursor.takes("KNN") || cursor.takes("RANGE")) {
      const isRange = cursor.args.is(cursor.at - 1, "RANGE");
      const named = cursor.counted(isRange ? "RANGE" : "KNN");
      let radius: number | undefined;
      while (!named.done) {
        if (named.takes("K")) query = { type: "knn", k: named.integer("K", 1) };
        else if (named.takes("RADIUS")) radius = named.double("RADIUS");
        else if (named.takes("YIELD_SCORE_AS")) scoreAs = named.required("YIELD_SCORE_AS");
        else {
          const option = named.required("KNN").toUpperCase();
          if (option !== "EF_RUNTIME" && option !== "EPSILON") {
            throw refusal(`Unknown argument \`${option}\` for the vector clause`);
          }
          parameters[option] = named.required(option);
        }
      }
      if (isRange && radius === undefined) {
        throw new CommandError("Missing required argument RADIUS");
      }
      if (radius !== undefined) query = { type: "range", radius };
    } else if (cursor.takes("YIELD_SCORE_AS")) scoreAs = cursor.required("YIELD_SCORE_AS");
    else if (cursor.takes("FILTER")) filter = cursor.bytes("FILTER");
    else if (cursor.takes("POLICY")) parameters["HYBRID_POLICY"] = cursor.required("POLICY");
    else if (cursor.takes("BATCH_SIZE")) parameters["BATCH_SIZE"] = cursor.required("BATCH_SIZE");
    else return { field: name.slice(1), given, query, parameters, filter, scoreAs };
  }
}

function readFusion(cursor: ArgumentCursor): { fusion: Fusion; scoreAs: string | undefined } {
  const kind = cursor.takes("RRF") ? "rrf" : cursor.takes("LINEAR") ? "linear" : undefined;
  if (kind === undefined) throw refusal(`Unknown COMBINE method \`${cursor.text() ?? ""}\``);
  let window = DEFAULT_WINDOW, constant = DEFAULT_CONSTANT;
  let { alpha, beta } = DEFAULT_WEIGHTS;
  let scoreAs: string | undefined;
  const counted = cursor.counted("COMBINE");
  while (!counted.done) {
    if (counted.takes("WINDOW")) window = counted.integer("WINDOW", 1);
    else if (counted.takes("YIELD_SCORE_AS")) scoreAs = counted.required("YIELD_SCORE_AS");
    else if (kind === "rrf" && counted.takes("CONSTANT")) constant = counted.double("CONSTANT");
    else if (kind === "linear" && counted.takes("ALPHA")) alpha = counted.double("ALPHA");
    else if (kind === "linear" && counted.takes("BETA")) beta = counted.double("BETA");
    else throw refusal(`Unknown argument \`${counted.text() ?? ""}\` for COMBINE`);
  }
  if (cursor.takes("YIELD_SCORE_AS")) scoreAs = cursor.required("YIELD_SCORE_AS");
  const fusion: Fusion = kind === "rrf"
    ? { kind, constant, window }
    : { kind, alpha, beta, window };
  return { fusion, scoreAs };
}

/** SORTBY, whose names need no `@` and whose last direction need not be counted. */
function readSortBy(cursor: ArgumentCursor): Step | undefined {
  if (!cursor.takes("SORTBY")) return undefined;
  const counted = cursor.counted("SORTBY");
  const keys: Mutable<SortKey>[] = [];
  while (!counted.done) {
    const name = counted.required("SORTBY").replace(/^@/, "");
    const descending = counted.takes("DESC");
    if (!descending) counted.takes("ASC");
    keys.push({ name, descending });
  }
  const last = keys.at(-1);
  if (cursor.takes("DESC")) {
    if (last !== undefined) last.descending = true;
  } else cursor.takes("ASC");
  return { kind: "arrange", keys, limit: undefined };
}

/** @throws {CommandError} If there is no such vector or field. */
function vectorOf(
  { field, given, query, parameters, filter }: VectorClause,
  index: Index,
  options: QueryOptions,
): VectorNode {
  if (index.field(field)?.type !== "VECTOR") {
    throw refusal(`Field \`${field}\` is no vector field of the index`);
  }
  const isName = given[0] === 0x24;
  const name = isName ? new TextDecoder().decode(given.subarray(1)) : "";
  const vector = isName ? options.parameters?.get(name) : given;
  if (vector === undefined) throw refusal(`No such parameter \`${name}\``);
  return {
    kind: "vector",
    field,
    vector,
    parameter: name,
    query,
    parameters,
    child: filter === undefined ? undefined : index.parse(filter, { ...options, verbatim: true }),
    attributes: { ...noAttributes(), distanceAs: DISTANCE },
    fields: undefined,
  };
}

/** FT.HYBRID. */
export const hybridSearch: readonly Command[] = [
  command(
    "FT.HYBRID index SEARCH query [SCORER scorer] [YIELD_SCORE_AS name] VSIM vector_field vector " +
      "[KNN count K k [EF_RUNTIME ef_runtime] | RANGE count RADIUS radius [EPSILON epsilon]] " +
      "[YIELD_SCORE_AS name] [FILTER filter] " +
      "[COMBINE <RRF count [CONSTANT constant] [WINDOW window] | " +
      "LINEAR count [ALPHA alpha] [BETA beta] [WINDOW window]> [YIELD_SCORE_AS name]] " +
      "[LIMIT offset num] [SORTBY count name [ASC | DESC] | NOSORT] [LOAD count field [field ...]] " +
      "[GROUPBY nargs property [property ...] [REDUCE function nargs arg [arg ...] [AS name]]] " +
      "[APPLY expression AS name] [PARAMS nargs name value [name value ...]] [TIMEOUT timeout]",
    {
      since: "8.4.0",
      arity: -1,
      flags: "readonly",
      acl: "search",
      keys: ["1 RO access"],
      complexity: "O(N+M) in what the words and the vector find",
      summary: "Finds by words and by a vector, and makes one list of both.",
    },
    hybrid,
  ),
];
