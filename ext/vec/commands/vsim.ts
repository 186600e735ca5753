/** VSIM, and the same in several sets at once. */

import type { Arguments } from "../../../src/resp/arguments.ts";
import type { Reply } from "../../../src/resp/reply.ts";
import type { Context } from "../../../src/commands/table/command.ts";
import { asciiAt, floatAt, int64At } from "../../../src/commands/table/options.ts";
import { err, wrongArity } from "../../../src/store/values/errors.ts";
import { toNumber } from "../../../src/store/values/long_double.ts";
import { type Filter, parseFilter } from "../filter/expression.ts";
import type { Found } from "../index/list_search.ts";
import { embedding, normalize } from "../quantization.ts";
import type { VectorSet } from "../sets/vector_set.ts";
import { type VectorSets, vectorSets } from "../sets/vector_sets.ts";
import { dimensionMismatch, inputMismatch } from "./vadd.ts";
import { vectorAt } from "./vectors.ts";

const DEFAULT_COUNT = 10;

interface Options {
  scores: boolean;
  attributes: boolean;
  count: number;
  /** The largest distance, as 1 less the score. */
  epsilon: number;
  effort: number | undefined;
  filter: Filter | undefined;
  exact: boolean;
}

/** VSIM key (ELE | FP32 | VALUES num) (vector | element) [options] */
export function vsim({ args, reply, store, client }: Context): void {
  if (args.count < 4) throw wrongArity("VSIM");
  const sets = vectorSets.of(store);
  const set = sets.read(client.db, args.at(1));
  if (set === undefined) return reply.array(0);
  const { vector, next } = queryAt(args, 2, set);
  const options = optionsFrom(args, next, "VSIM");
  writeFound(reply, sets, set, search(set, vector, options), options);
}

/**
 * VSIMBATCH numkeys key [key ...] (ELE | FP32 | VALUES num) (vector | element) [options]: a list of
 * each key and what VSIM finds there.
 */
export function vsimbatch({ args, reply, store, client }: Context): void {
  if (args.count < 5) throw wrongArity("VSIMBATCH");
  const keys = int64At(args, 1);
  if (typeof keys !== "number" || keys <= 0) throw err("numkeys should be greater than 0");
  if (keys + 4 > args.count) throw err("Number of keys can't be greater than number of args");
  const sets = vectorSets.of(store);
  const searches: (() => void)[] = [];
  for (let i = 2; i < 2 + keys; i++) {
    const set = sets.read(client.db, args.at(i));
    if (set === undefined) {
      searches.push(() => reply.array(0));
      continue;
    }
    const { vector, next } = queryAt(args, 2 + keys, set);
    const options = optionsFrom(args, next, "VSIMBATCH");
    const found = search(set, vector, options);
    searches.push(() => writeFound(reply, sets, set, found, options));
  }
  reply.array(keys);
  for (const [i, write] of searches.entries()) {
    reply.array(2);
    reply.value(args.at(2 + i));
    write();
  }
}

function search(set: VectorSet, vector: Float32Array, options: Options): Found {
  return set.nearest(vector, {
    count: options.count,
    limit: 2 * options.epsilon,
    effort: options.effort,
    exact: options.exact,
    filter: options.filter,
  });
}

/** What to look for: a vector of length 1, and where the options begin. */
function queryAt(args: Arguments, index: number, set: VectorSet) {
  if (args.is(index, "ELE")) {
    if (index + 1 >= args.count) throw wrongArity(args.text(0).toUpperCase());
    const coded = set.coded(args.at(index + 1));
    if (coded === undefined) throw err("element not found in set");
    // As it is told: its codes are those of a vector that is not quite of length 1.
    const vector = embedding(coded, set.facts.quantization, set.facts.dim);
    normalize(vector);
    return { vector, next: index + 2 };
  }
  const { vector: given, next } = vectorAt(args, index);
  const { dim, inputDim } = set.facts;
  if (given.length !== dim && given.length !== inputDim) {
    throw inputDim === 0
      ? dimensionMismatch(given.length, dim)
      : inputMismatch(given.length, inputDim);
  }
  return { vector: set.prepare(given).vector, next };
}

function optionsFrom(args: Arguments, from: number, command: string): Options {
  const options: Options = {
    scores: false,
    attributes: false,
    count: DEFAULT_COUNT,
    epsilon: Infinity,
    effort: undefined,
    filter: undefined,
    exact: false,
  };
  for (let i = from; i < args.count; i++) {
    const hasNext = i + 1 < args.count;
    // Where Redis would search in another thread, this is one either way.
    if (args.is(i, "NOTHREAD")) continue;
    if (args.is(i, "WITHSCORES")) options.scores = true;
    else if (args.is(i, "WITHATTRIBS")) options.attributes = true;
    else if (args.is(i, "TRUTH")) options.exact = true;
    else if (args.is(i, "COUNT") && hasNext) options.count = positiveAt(args, ++i, "COUNT");
    else if (args.is(i, "EF") && hasNext) options.effort = positiveAt(args, ++i, "EF");
    else if (args.is(i, "FILTER-EF") && hasNext) positiveAt(args, ++i, "FILTER-EF");
    else if (args.is(i, "EPSILON") && hasNext) options.epsilon = epsilonAt(args, ++i);
    else if (args.is(i, "FILTER") && hasNext) options.filter = parseFilter(asciiAt(args, ++i));
    else throw err(`syntax error in ${command} command`);
  }
  return options;
}

function positiveAt(args: Arguments, index: number, name: string): number {
  const value = int64At(args, index);
  if (value === undefined || value <= 0) throw err(`invalid ${name}`);
  return Number(value);
}

function epsilonAt(args: Arguments, index: number): number {
  const given = floatAt(args, index);
  const value = given === undefined ? NaN : toNumber(given);
  if (!(value > 0)) throw err("invalid EPSILON");
  return value;
}

function writeFound(
  reply: Reply,
  sets: VectorSets,
  set: VectorSet,
  { numbers, distances }: Found,
  { scores, attributes }: Options,
): void {
  const nested = scores && attributes && reply.protocol === 3;
  if (scores && attributes && !nested) reply.array(3 * numbers.length);
  else if (scores || attributes) reply.map(numbers.length);
  else reply.array(numbers.length);
  for (const [i, number] of numbers.entries()) {
    const row = sets.vectors.element(set.id, number);
    if (row === undefined) throw new Error(`vector set ${set.id} has no vector ${number}`);
    reply.bulk(row.element);
    if (nested) reply.array(2);
    if (scores) reply.double(1 - distances[i]! / 2);
    if (!attributes) continue;
    if (row.attributes === undefined) reply.null();
    else reply.bulk(row.attributes);
  }
}
