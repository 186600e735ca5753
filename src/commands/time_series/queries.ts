/** What range queries and filters are given as arguments. */

import type { Arguments } from "../../resp/arguments.ts";
import { type AggregatorName, aggregatorNamed } from "../../store/time_series/aggregators.ts";
import { isPositive, type Matcher } from "../../store/time_series/labels.ts";
import type { Aggregation, RangeQuery } from "../../store/time_series/ranges.ts";
import { latin1Bytes } from "../table/latin1.ts";
import { asciiAt, int64At } from "../table/options.ts";
import { doubleAt, indexOf, LAST_TIME, refused, wholeAt, wrongArity } from "./arguments.ts";
import { durationAt } from "./rules.ts";

/** Where options begin, and where they end. */
export interface OptionRange {
  /** The index of the first time; the second and the options follow. */
  readonly at: number;
  /** How many aggregators there are, each an argument; undefined: one argument. */
  readonly keys?: number;
}

/** A query, and with several keys the aggregators of each. */
export interface GivenQuery extends RangeQuery {
  /** The aggregators of each key. */
  readonly ofKeys?: readonly (readonly AggregatorName[])[] | undefined;
}

/** The query of a range command. @throws {CommandError} */
export function queryFrom(args: Arguments, { at, keys }: OptionRange): GivenQuery {
  const from = args.is(at, "-") ? 0 : wholeAt(args, at);
  if (from === undefined) throw refused("wrong fromTimestamp");
  const to = args.is(at + 1, "+") ? LAST_TIME - 1 : wholeAt(args, at + 1);
  if (to === undefined) throw refused("wrong toTimestamp");
  const options = at + 2;
  const latest = indexOf(args, "LATEST", options) !== -1;
  const count = countFrom(args, options, keys);
  const aggregation = aggregationFrom(args, options, keys);
  const alignment = alignmentFrom(args, at, from, to, aggregation !== undefined);
  return {
    from,
    to: Math.min(to, LAST_TIME - 1),
    latest,
    count,
    aggregation: aggregation && { ...aggregation, alignment },
    ofKeys: aggregation?.ofKeys,
    values: valuesFrom(args, options),
    times: timesFrom(args, options),
  };
}

function countFrom(args: Arguments, from: number, keys = 1): number | undefined {
  let at = indexOf(args, "COUNT", from);
  if (at === -1) return undefined;
  const aggregation = indexOf(args, "AGGREGATION", from);
  if (aggregation !== -1 && at > aggregation && at <= aggregation + keys) {
    at = indexOf(args, "COUNT", aggregation + keys + 1);
    if (at === -1 || at + 1 >= args.count) return undefined;
  }
  if (args.is(at - 1, "REDUCE")) return undefined;
  if (at + 1 === args.count) throw refused("COUNT argument is missing");
  const count = int64At(args, at + 1);
  if (count === undefined) throw refused("Couldn't parse COUNT");
  if (count <= 0) throw refused("Invalid COUNT value");
  return Math.min(LAST_TIME, Number(count));
}

interface GivenAggregation extends Omit<Aggregation, "alignment"> {
  readonly ofKeys?: readonly (readonly AggregatorName[])[] | undefined;
}

function aggregationFrom(
  args: Arguments,
  from: number,
  keys: number | undefined,
): GivenAggregation | undefined {
  const at = indexOf(args, "AGGREGATION", from);
  if (at === -1) return undefined;
  const width = keys ?? 1;
  if (at + width + 1 >= args.count) throw refused("Couldn't parse AGGREGATION");
  if (int64At(args, at + width + 1) === undefined) throw refused("Couldn't parse AGGREGATION");
  const ofKeys = Array.from({ length: width }, (_, i) => namesAt(args, at + 1 + i));
  const duration = durationAt({ args }, at + width + 1);
  const bucket = indexOf(args, "BUCKETTIMESTAMP", from);
  const empty = indexOf(args, "EMPTY", from);
  const after = at + width - 1;
  if (bucket !== -1 && bucket !== after + 3 && bucket !== after + 4) {
    throw refused("BUCKETTIMESTAMP flag should be the 3rd or 4th flag after AGGREGATION flag");
  }
  const told = bucket === -1 ? "start" : toldAt(args, bucket + 1);
  if (empty !== -1 && empty !== after + 3 && empty !== after + 5) {
    throw refused("EMPTY flag should be the 3rd or 5th flag after AGGREGATION flag");
  }
  return { names: ofKeys[0] ?? [], ofKeys, duration, told, empty: empty !== -1 };
}

/** Aggregators, separated by commas. */
function namesAt(args: Arguments, index: number): AggregatorName[] {
  return asciiAt(args, index).split(",").map((word) => {
    const name = aggregatorNamed(word);
    if (name === undefined) throw refused("Unknown aggregation type");
    return name;
  });
}

function toldAt(args: Arguments, index: number): Aggregation["told"] {
  if (index >= args.count) throw wrongArity(args);
  if (args.is(index, "START") || args.is(index, "-")) return "start";
  if (args.is(index, "END") || args.is(index, "+")) return "end";
  if (args.is(index, "MID") || args.is(index, "~")) return "mid";
  throw refused("unknown BUCKETTIMESTAMP parameter");
}

function alignmentFrom(
  args: Arguments,
  at: number,
  from: number,
  to: number,
  aggregates: boolean,
): number {
  const align = indexOf(args, "ALIGN", at + 2);
  if (align === -1) return 0;
  const index = align + 1;
  if (index >= args.count) throw wrongArity(args);
  const isStart = args.is(index, "START") || args.is(index, "-");
  const isEnd = args.is(index, "END") || args.is(index, "+");
  const time = isStart ? from : isEnd ? to : wholeAt(args, index);
  if (time === undefined) throw refused("unknown ALIGN parameter");
  if (!aggregates) throw refused("ALIGN parameter can only be used with AGGREGATION");
  if (isStart && args.is(at, "-")) {
    throw refused("start alignment can only be used with explicit start timestamp");
  }
  if (isEnd && args.is(at + 1, "+")) {
    throw refused("end alignment can only be used with explicit end timestamp");
  }
  return time;
}

function valuesFrom(args: Arguments, from: number): [number, number] | undefined {
  const at = indexOf(args, "FILTER_BY_VALUE", from);
  if (at === -1) return undefined;
  if (at + 2 >= args.count) throw refused("FILTER_BY_VALUE one or more arguments are missing");
  const least = doubleAt(args, at + 1);
  if (least === undefined) throw refused("Couldn't parse MIN");
  const greatest = doubleAt(args, at + 2);
  if (greatest === undefined) throw refused("Couldn't parse MAX");
  return [least, greatest];
}

/** Times of FILTER_BY_TS, most. */
const MOST_TIMES = 128;

function timesFrom(args: Arguments, from: number): number[] | undefined {
  const at = indexOf(args, "FILTER_BY_TS", from);
  if (at === -1) return undefined;
  const times: number[] = [];
  for (let i = at + 1; i < args.count && times.length < MOST_TIMES; i++) {
    const time = wholeAt(args, i);
    if (time === undefined) break;
    times.push(time);
  }
  if (times.length === 0) throw refused("FILTER_BY_TS one or more arguments are missing");
  return times.sort((a, b) => a - b);
}

/** The filters between two indexes. @throws {CommandError} */
export function matchersAt(args: Arguments, from: number, end: number): Matcher[] {
  const matchers: Matcher[] = [];
  for (let i = from; i < end; i++) matchers.push(matcherOf(asciiAt(args, i)));
  return matchers;
}

/** Makes sure that there is a filter that names values. @throws {CommandError} */
export function assertNarrow(matchers: readonly Matcher[]): void {
  if (!matchers.some(isPositive)) throw refused("please provide at least one matcher");
}

/** `l=v`, `l!=v`, `l=`, `l!=`, `l=(v,…)` and `l!=(v,…)`. @throws {CommandError} */
function matcherOf(text: string): Matcher {
  const separator = ["!=(", "!=", "=(", "="].find((each) => text.includes(each));
  if (separator === undefined) throw unparsable();
  const [name, value] = tokens(text, separator);
  if (name === undefined) throw unparsable();
  const is = !separator.startsWith("!");
  const isList = separator.endsWith("(");
  const values = isList ? listOf(value) : value === undefined ? undefined : [value];
  return { name: latin1Bytes(name), is, values: values?.map(latin1Bytes) };
}

const unparsable = () => refused("failed parsing labels");

/** The parts between any characters of a separator, of which several count as one. */
function tokens(text: string, separators: string): string[] {
  const parts: string[] = [""];
  for (const character of text) {
    if (!separators.includes(character)) parts[parts.length - 1] += character;
    else if (parts.at(-1) !== "") parts.push("");
  }
  return parts.filter((part) => part !== "");
}

/** The values of `v,…)`. */
function listOf(text: string | undefined): string[] {
  if (text === undefined || !text.endsWith(")")) throw unparsable();
  const inner = text.slice(0, -1);
  if (inner === "") return [];
  const values = inner.split(",");
  if (values.includes("")) throw unparsable();
  return values;
}
