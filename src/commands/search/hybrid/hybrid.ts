/**
 * FT.HYBRID: words and a vector in one query.
 *
 * @module
 */

import { TIME_IS_UP } from "../../../search/index/deadline.ts";
import type { Reply } from "../../../resp/reply.ts";
import { aggregateStream, type ResultRow } from "../../../search/aggregate/aggregate.ts";
import { hybridMatches } from "../../../search/hybrid.ts";
import type { ProfiledStep } from "../../../search/profile.ts";
import { Search } from "../../../search/search.ts";
import type { Index } from "../../../search/search_index.ts";
import type { SearchSettings } from "../../../search/settings.ts";
import type { Command, Context } from "../../table/command.ts";
import { commandsOf } from "../../table/define.ts";
import { askedIndex } from "../access.ts";
import { writeExpanded, writeRow } from "../aggregate_reply.ts";
import { ArgumentCursor } from "../argument_cursor.ts";
import { assertExpandable } from "../format_argument.ts";
import { type HybridCommand, readHybrid } from "./arguments.ts";
import { assertArity } from "../module_arguments.ts";
import { limitsOf } from "../time_limits.ts";
import { CommandError } from "../../../store/values/errors.ts";

const command = commandsOf("search");

/** What a query of both found. */
export interface HybridResults {
  readonly startedAt: number;
  readonly total: number;
  readonly rows: readonly ResultRow[];
  readonly expands: boolean;
  readonly warning: string | undefined;
}

/**
 * Runs a query of both.
 *
 * @param startedAt When it began, by `performance.now()`.
 * @param steps Takes what its rows went through, to be told by FT.PROFILE.
 * @throws {CommandError} If its time is up and such queries are to fail.
 */
export function hybridResults(
  index: Index,
  { request, rows }: HybridCommand,
  settings: SearchSettings,
  startedAt: number,
  steps?: ProfiledStep[],
): HybridResults {
  const matches = hybridMatches(index, request);
  if (matches.timedOut && settings.onTimeout === "fail") throw new CommandError(TIME_IS_UP);
  const found = aggregateStream(
    index,
    rows,
    { names: matches.names, open: () => matches },
    limitsOf(settings),
    steps,
  );
  return {
    startedAt,
    total: found.collected ? found.total : matches.length,
    rows: found.rows,
    expands: rows.expands ?? false,
    warning: matches.timedOut ? TIME_IS_UP : found.warning,
  };
}

/** Writes what was found. @param more Writes one further name and value. */
export function writeHybridReply(
  reply: Reply,
  { startedAt, total, rows, expands, warning }: HybridResults,
  more?: (reply: Reply) => void,
): void {
  reply.map(more === undefined ? 4 : 5);
  reply.status("total_results");
  reply.integer(total);
  reply.status("results");
  reply.array(rows.length);
  for (const row of rows) (expands ? writeExpanded : writeRow)(reply, row);
  reply.status("warnings");
  reply.array(warning === undefined ? 0 : 1);
  if (warning !== undefined) reply.status(warning);
  reply.status("execution_time");
  reply.double(performance.now() - startedAt);
  more?.(reply);
}

function hybrid(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 7);
  const startedAt = performance.now();
  const { settings } = Search.of(store);
  const index = askedIndex(context);
  const asked = readHybrid(new ArgumentCursor(args, 2), index, settings);
  if (asked.rows.expands) assertExpandable(index.definition, reply);
  writeHybridReply(reply, hybridResults(index, asked, settings, startedAt));
}

/** FT.HYBRID. */
export const hybridSearch: readonly Command[] = [
  command(
    "FT.HYBRID index SEARCH query [SCORER scorer] [YIELD_SCORE_AS name] VSIM vector_field vector_param " +
      "[KNN count K k [EF_RUNTIME ef_runtime] | RANGE count RADIUS radius [EPSILON epsilon]] " +
      "[FILTER filter_expression [POLICY <ADHOC | BATCHES>] [BATCH_SIZE batch_size]] " +
      "[YIELD_SCORE_AS name] " +
      "[COMBINE <RRF count [CONSTANT constant] [WINDOW window] | " +
      "LINEAR count [ALPHA alpha] [BETA beta] [WINDOW window]> [YIELD_SCORE_AS name]] " +
      "[LIMIT offset num] [SORTBY count name [ASC | DESC] | NOSORT] [LOAD count field [field ...]] " +
      "[GROUPBY nargs property [property ...] [REDUCE function nargs arg [arg ...] [AS name]]] " +
      "[APPLY expression AS name] [FILTER filter] [PARAMS nargs name value [name value ...]] [TIMEOUT timeout]",
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
