/**
 * The arguments of FT.AGGREGATE.
 *
 * @module
 */

import type {
  AggregateRequest,
  ArrangeStep,
  LoadedField,
  ReducerRequest,
  SortKey,
  Step,
} from "../../search/aggregate/request.ts";
import type { QueryOptions } from "../../search/results.ts";
import type { SearchSettings } from "../../search/settings.ts";
import { CommandError } from "../../store/values/errors.ts";
import { asciiAt } from "../table/options.ts";
import type { ArgumentCursor } from "./argument_cursor.ts";
import { readFormat } from "./format_argument.ts";
import { refusal } from "./module_arguments.ts";
import { readQueryOption } from "./search_arguments.ts";

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** Rows of a cursor's chunk. */
const DEFAULT_CHUNK = 1000;
/** Index of the query among the arguments. */
const QUERY_AT = 2;

const withoutSign = (name: string) => name.replace(/^@/, "");

/** The next argument, one character a byte. @throws {CommandError} Without one. */
function byteText(cursor: ArgumentCursor, what: string): string {
  if (cursor.done) return cursor.required(what);
  return asciiAt(cursor.args, cursor.at++);
}

/**
 * Reads what follows the index's name.
 *
 * @throws {CommandError} What is wrong with it.
 */
export function readAggregateRequest(
  cursor: ArgumentCursor,
  settings: SearchSettings,
): AggregateRequest {
  if (cursor.done) throw new CommandError("No query string provided");
  const query = cursor.bytes("query");
  const options: Mutable<QueryOptions> = {
    dialect: settings.defaultDialect,
    timeoutMs: settings.timeoutMs,
  };
  const steps: Step[] = [];
  const request: Mutable<AggregateRequest> = {
    query,
    options,
    steps,
    noRows: false,
    addScores: false,
    cursor: undefined,
  };
  while (!cursor.done) {
    const arranged = arrangementOf(steps);
    const step = readStep(cursor, arranged);
    if (step?.kind === "arrange" && step.limit?.count === 0) request.noRows = true;
    if (step?.kind === "arrange" && arranged !== undefined) {
      steps[steps.indexOf(arranged)] = step;
    } else if (step !== undefined) {
      steps.push(step);
    } else if (cursor.takes("ADDSCORES")) request.addScores = true;
    else if (cursor.takes("WITHCURSOR")) request.cursor = readCursor(cursor, settings);
    else if (cursor.takes("FORMAT")) request.expands = readFormat(cursor);
    else if (!readQueryOption(cursor, options)) {
      const position = cursor.at - QUERY_AT;
      throw refusal(
        `Unknown argument \`${cursor.text()}\` at position ${position} for <main>`,
      );
    }
  }
  return request;
}

/** SORTBY and LIMIT behind the last GROUPBY, which are one step where the first of them stands. */
export function arrangementOf(steps: readonly Step[]): ArrangeStep | undefined {
  for (const step of steps.toReversed()) {
    if (step.kind === "arrange") return step;
    if (step.kind === "group") return undefined;
  }
  return undefined;
}

/** Reads a step of an aggregation; undefined if the next argument begins none. @param arranged What to add to. */
export function readStep(
  cursor: ArgumentCursor,
  arranged: ArrangeStep = { kind: "arrange", keys: undefined, limit: undefined },
): Step | undefined {
  if (cursor.takes("LOAD")) return { kind: "load", fields: readLoad(cursor) };
  if (cursor.takes("GROUPBY")) return readGroup(cursor);
  if (cursor.takes("SORTBY")) {
    if (arranged.keys !== undefined) {
      throw new CommandError(
        "Multiple SORTBY steps are not allowed. Sort multiple fields in a single step",
      );
    }
    const { keys, max } = readSort(cursor);
    const offset = arranged.limit?.offset ?? 0;
    // MAX is the count of LIMIT by another name, and none at all if it is 0.
    const limit = max === undefined
      ? arranged.limit
      : max === 0 && offset === 0
      ? undefined
      : { offset, count: max };
    return { ...arranged, keys, limit };
  }
  if (cursor.takes("LIMIT")) return { ...arranged, limit: readLimit(cursor) };
  if (cursor.takes("APPLY")) {
    const expression = byteText(cursor, "APPLY/FILTER");
    if (!cursor.takes("AS")) {
      return { kind: "apply", expression, as: cursor.args.text(cursor.at - 1) };
    }
    if (cursor.done) throw new CommandError("AS needs argument");
    return { kind: "apply", expression, as: cursor.required("AS") };
  }
  if (cursor.takes("FILTER")) {
    return { kind: "filter", expression: byteText(cursor, "APPLY/FILTER") };
  }
  return undefined;
}

function readLoad(cursor: ArgumentCursor): LoadedField[] | undefined {
  if (cursor.takes("*")) return undefined;
  const bad = new CommandError("Bad arguments for LOAD: SUCCESS");
  const given = cursor.done ? cursor.required("LOAD") : cursor.text() ?? "";
  if (!/^\d+$/.test(given) || Number(given) > cursor.left) throw bad;
  const end = cursor.at + Number(given);
  const fields: LoadedField[] = [];
  while (cursor.at < end) {
    const path = withoutSign(cursor.required("LOAD"));
    let as = path;
    if (cursor.at < end && cursor.takes("AS")) {
      if (cursor.at === end) {
        throw new CommandError("LOAD path AS name - must be accompanied with NAME");
      }
      as = withoutSign(cursor.required("LOAD"));
    }
    fields.push({ path, as });
  }
  return fields;
}

function readGroup(cursor: ArgumentCursor): Step {
  const given = cursor.counted("GROUPBY").texts();
  const by = given.map((name) => {
    if (name.startsWith("@")) return name.slice(1);
    throw refusal(
      `Bad arguments for GROUPBY: Unknown property \`${name}\`. Did you mean \`@${name}\`?`,
    );
  });
  const reducers: ReducerRequest[] = [];
  while (cursor.takes("REDUCE")) reducers.push(readReducer(cursor));
  return { kind: "group", by, reducers };
}

function readReducer(cursor: ArgumentCursor): ReducerRequest {
  if (cursor.done) throw new CommandError("Bad arguments for REDUCE: SUCCESS");
  const given = cursor.required("REDUCE");
  const name = given.toLowerCase();
  const counted = cursor.counted(given);
  const args: string[] = [];
  while (!counted.done) args.push(byteText(counted, given));
  let as = `__generated_alias${name}${args.map(withoutSign).join(",")}`;
  if (cursor.takes("AS")) as = cursor.required("AS");
  return { name, args, as };
}

function readSort(cursor: ArgumentCursor): { keys: SortKey[]; max: number | undefined } {
  const given = cursor.counted("SORTBY");
  const keys: SortKey[] = [];
  while (!given.done) {
    const name = given.required("SORTBY");
    if (!name.startsWith("@")) {
      throw refusal(`MISSING ASC or DESC after sort field (${name})`);
    }
    const descending = given.takes("DESC");
    if (!descending) given.takes("ASC");
    keys.push({ name: name.slice(1), descending });
  }
  let max: number | undefined;
  for (;;) {
    if (cursor.takes("MAX")) max = cursor.integer("MAX");
    else if (!cursor.takes("WITHCOUNT") && !cursor.takes("WITHOUTCOUNT")) return { keys, max };
  }
}

function readLimit(cursor: ArgumentCursor): { offset: number; count: number } {
  if (cursor.left < 2) throw new CommandError("LIMIT requires two arguments");
  const offset = cursor.text() ?? "", count = cursor.text() ?? "";
  if (!/^\d+$/.test(offset) || !/^\d+$/.test(count)) {
    throw new CommandError("LIMIT needs two numeric arguments");
  }
  return { offset: Number(offset), count: Number(count) };
}

function readCursor(
  cursor: ArgumentCursor,
  { cursorMaxIdleMs }: SearchSettings,
): { count: number; maxIdleMs: number } {
  let count = DEFAULT_CHUNK, maxIdleMs = cursorMaxIdleMs;
  for (;;) {
    if (cursor.takes("COUNT")) count = cursor.integer("COUNT", 1);
    else if (cursor.takes("MAXIDLE")) {
      maxIdleMs = Math.min(cursor.integer("MAXIDLE", 1), cursorMaxIdleMs);
    } else return { count, maxIdleMs };
  }
}
