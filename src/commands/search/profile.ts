/**
 * FT.PROFILE: a search, an aggregation or a hybrid query, and what each part of it found.
 *
 * @module
 */

import { TIME_IS_UP } from "../../search/index/deadline.ts";
import { formatDouble } from "../../resp/double.ts";
import type { Reply } from "../../resp/reply.ts";
import { aggregate } from "../../search/aggregate/aggregate.ts";
import { type ProfiledPart, type ProfiledStep, QueryProfiler } from "../../search/profile.ts";
import type { Index } from "../../search/search_index.ts";
import { Search } from "../../search/search.ts";
import { CommandError } from "../../store/values/errors.ts";
import type { QueryOptions } from "../../search/results.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { readAggregateRequest } from "./aggregate_arguments.ts";
import { writeAggregateReply } from "./aggregate_reply.ts";
import { askedIndex } from "./access.ts";
import { ArgumentCursor } from "./argument_cursor.ts";
import { assertExpandable } from "./format_argument.ts";
import { readHybrid } from "./hybrid/arguments.ts";
import { hybridResults, writeHybridReply } from "./hybrid/hybrid.ts";
import { assertArity } from "./module_arguments.ts";
import { readSearchRequest, type SearchRequest } from "./search_arguments.ts";
import { writeSearchReply } from "./search_reply.ts";
import { searchResults } from "./search_results.ts";
import { limitsOf } from "./time_limits.ts";
import type { SearchSettings } from "../../search/settings.ts";

const command = commandsOf("search");

/** What is told behind the results. */
interface Profile {
  /** Whether times are told. */
  readonly timed: boolean;
  readonly totalMs: number;
  readonly parsingMs: number;
  readonly warning: string | undefined;
  readonly query: ProfiledPart;
  readonly steps: readonly ProfiledStep[];
}

function profile(context: Context): void {
  const { args, reply, store } = context;
  assertArity(args, 5);
  const searches = Search.of(store);
  const index = askedIndex(context);
  const run = args.is(2, "SEARCH")
    ? profileSearch
    : args.is(2, "AGGREGATE")
    ? profileAggregate
    : args.is(2, "HYBRID")
    ? profileHybrid
    : undefined;
  if (run === undefined) throw new CommandError("No `SEARCH` or `AGGREGATE` provided");
  const cursor = new ArgumentCursor(args, 3);
  const limited = cursor.takes("LIMITED");
  if (!cursor.takes("QUERY")) throw new CommandError("The QUERY keyword is expected");
  const { settings } = searches;
  run({ reply, index, settings, cursor, limited });
}

/** What is profiled, and where it is told. */
interface Profiled {
  readonly reply: Reply;
  readonly index: Index;
  readonly settings: SearchSettings;
  readonly cursor: ArgumentCursor;
  readonly limited: boolean;
}

function profileSearch({ reply, index, settings, cursor, limited }: Profiled): void {
  const start = performance.now();
  const request = readSearchRequest(cursor, settings);
  const parsingMs = performance.now() - start;
  const found = searchResults(index, request);
  const totalMs = performance.now() - start;
  const told: Profile = {
    timed: settings.profilesTimes,
    totalMs,
    parsingMs,
    warning: found.timedOut ? TIME_IS_UP : undefined,
    query: partsOf(index, request.query, request.options, limited),
    steps: stepsOf(index, request, found.total, found.results.length, totalMs),
  };
  write(reply, told, (more) => writeSearchReply(reply, index, request, found, more));
}

function profileAggregate({ reply, index, settings, cursor, limited }: Profiled): void {
  const start = performance.now();
  const request = readAggregateRequest(cursor, settings);
  if (request.cursor !== undefined) throw new CommandError("FT.PROFILE does not support cursor");
  const parsingMs = performance.now() - start;
  const steps: ProfiledStep[] = [];
  const result = aggregate(index, request, limitsOf(settings), steps);
  const told: Profile = {
    timed: settings.profilesTimes,
    totalMs: performance.now() - start,
    parsingMs,
    warning: result.warning,
    query: partsOf(index, request.query, request.options, limited),
    steps,
  };
  write(reply, told, (more) => writeAggregateReply(reply, result, more));
}

function profileHybrid({ reply, index, settings, cursor, limited }: Profiled): void {
  const start = performance.now();
  const asked = readHybrid(cursor, index, settings);
  if (asked.rows.expands) assertExpandable(index.definition, reply);
  const parsingMs = performance.now() - start;
  const steps: ProfiledStep[] = [];
  const results = hybridResults(index, asked, settings, start, steps);
  const totalMs = performance.now() - start;
  const { query, options, vector } = asked.request;
  const profiler = new QueryProfiler(index, options, limited);
  const children = [profiler.profile(index.parse(query, options)), profiler.profile(vector)];
  const told: Profile = {
    timed: settings.profilesTimes,
    totalMs,
    parsingMs,
    warning: results.warning,
    query: {
      type: "UNION",
      queryType: "HYBRID",
      timeMs: totalMs,
      counter: results.total,
      children,
    },
    steps,
  };
  write(reply, told, (more) => writeHybridReply(reply, results, more));
}

function partsOf(
  index: Index,
  query: Uint8Array,
  options: QueryOptions,
  limited: boolean,
): ProfiledPart {
  return new QueryProfiler(index, options, limited).profile(index.parse(query, options));
}

/** What a search does with what it finds. */
function stepsOf(
  index: Index,
  { noContent, sortBy, offset, count, options, highlighting }: SearchRequest,
  total: number,
  shown: number,
  timeMs: number,
): ProfiledStep[] {
  const steps: ProfiledStep[] = [{ type: "Index", timeMs, counter: total }];
  if (count === 0) return [...steps, { type: "Counter", timeMs: 0, counter: 1 }];
  if (sortBy === undefined || options.scores) {
    steps.push({ type: "Scorer", timeMs: 0, counter: total });
  }
  if (sortBy !== undefined && index.field(sortBy.field)?.sortable === false) {
    steps.push({ type: "Loader", timeMs: 0, counter: total });
  }
  steps.push({ type: "Sorter", timeMs: 0, counter: shown });
  if (offset > 0) steps.push({ type: "Pager/Limiter", timeMs: 0, counter: shown });
  if (!noContent) steps.push({ type: "Loader", timeMs: 0, counter: shown });
  if (highlighting !== undefined) steps.push({ type: "Highlighter", timeMs: 0, counter: shown });
  return steps;
}

// The reply: in RESP2 lists of names and values, in RESP3 maps.

function write(
  reply: Reply,
  told: Profile,
  writeResults: (more?: (reply: Reply) => void) => void,
): void {
  if (reply.protocol === 3) {
    writeResults(() => {
      reply.status("profile");
      writeProfile(reply, told);
    });
    return;
  }
  reply.array(2);
  writeResults();
  writeProfile(reply, told);
}

function writeProfile(reply: Reply, told: Profile): void {
  const { timed, totalMs, parsingMs, warning, query, steps } = told;
  const nested = reply.protocol === 2;
  const entry = (name: string, values: number) => {
    if (nested) reply.array(1 + values);
    reply.status(name);
  };
  if (nested) reply.array(6);
  else reply.map(timed ? 6 : 3);
  for (
    const [name, ms] of [
      ["Total profile time", totalMs],
      ["Parsing time", parsingMs],
      ["Pipeline creation time", 0],
    ] as const
  ) {
    if (timed) {
      entry(name, 1);
      writeMs(reply, ms);
    } else if (nested) entry(name, 0);
  }
  entry("Warning", warning === undefined ? 0 : 1);
  if (warning !== undefined || !nested) reply.status(warning ?? "None");
  entry("Iterators profile", 1);
  if (!nested) reply.array(1);
  writePart(reply, query, timed);
  entry("Result processors profile", steps.length);
  if (!nested) reply.array(steps.length);
  for (const { type, timeMs, counter } of steps) {
    reply.map(timed ? 3 : 2);
    reply.status("Type");
    reply.status(type);
    if (timed) writeTime(reply, timeMs);
    reply.status("Counter");
    reply.integer(counter);
  }
}

function writeMs(reply: Reply, ms: number): void {
  if (reply.protocol === 3) reply.double(ms);
  else reply.text(formatDouble(ms));
}

function writeTime(reply: Reply, ms: number): void {
  reply.status("Time");
  writeMs(reply, ms);
}

/** What the real one writes as a simple string, where it can be one. */
function writeLine(reply: Reply, text: string): void {
  if (/^[ -~]*$/.test(text)) reply.status(text);
  else reply.text(text);
}

function writePart(reply: Reply, part: ProfiledPart, timed: boolean): void {
  const { type, queryType, term, timeMs, counter, size, children, single } = part;
  const more = [queryType, term, size].filter((value) => value !== undefined).length;
  const parts = typeof children === "number" ? [] : children ?? [];
  const isSeveral = children !== undefined && typeof children !== "number" && !single;
  const several = isSeveral ? parts : [];
  const pairs = 2 + Number(timed) + more + Number(children !== undefined);
  // RESP2 has the parts one after the other behind their name.
  if (isSeveral && reply.protocol === 2) reply.array(2 * pairs - 1 + several.length);
  else reply.map(pairs);
  reply.status("Type");
  reply.status(type);
  if (queryType !== undefined) {
    reply.status("Query type");
    writeLine(reply, queryType);
  }
  if (term !== undefined) {
    reply.status("Term");
    writeLine(reply, term);
  }
  if (timed) writeTime(reply, timeMs);
  reply.status("Counter");
  reply.integer(counter);
  if (size !== undefined) {
    reply.status("Size");
    reply.integer(size);
  }
  if (children === undefined) return;
  reply.status(single ? "Child iterator" : "Child iterators");
  if (typeof children === "number") {
    return writeLine(reply, `The number of iterators in the union is ${children}`);
  }
  if (isSeveral && reply.protocol === 3) reply.array(several.length);
  for (const child of parts) {
    if (child === null) reply.null();
    else writePart(reply, child, timed);
  }
}

/** FT.PROFILE. */
export const profiling: readonly Command[] = [
  command("FT.PROFILE index <SEARCH | HYBRID | AGGREGATE> [LIMITED] QUERY query", {
    since: "2.2.0",
    arity: -1,
    flags: "readonly",
    acl: "search",
    keys: ["1 RO access"],
    complexity: "O(N) in the documents that the query and each of its parts find",
    summary:
      "Runs a search, an aggregation or a hybrid query, and tells what each part of it found.",
  }, profile),
];
