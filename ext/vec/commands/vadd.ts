/** VADD. */

import type { Arguments } from "../../../src/resp/arguments.ts";
import type { Context } from "../../../src/commands/table/command.ts";
import { int64At } from "../../../src/commands/table/options.ts";
import { err, wrongArity } from "../../../src/store/values/errors.ts";
import { QUANTIZATION, type Quantization } from "../quantization.ts";
import type { SetFacts } from "../sets/facts.ts";
import { vectorSets } from "../sets/vector_sets.ts";
import { invalidVector, LARGEST_DIM, vectorAt } from "./vectors.ts";

const DEFAULT_LINKS = 16;
const FEWEST_LINKS = 4;
const MOST_LINKS = 4096;
const MOST_EFFORT = 1_000_000;

interface Options {
  quantization: Quantization;
  links: number;
  attributes: Uint8Array | undefined;
}

/** VADD key [REDUCE dim] (FP32 | VALUES num) vector element [options] */
export function vadd({ args, reply, store, client }: Context): void {
  if (args.count < 5) throw wrongArity("VADD");
  const sets = vectorSets.of(store);
  const { keyspace } = store;
  const { db } = client;
  const key = args.at(1);
  const reduced = args.is(2, "REDUCE") ? dimensionAt(args, 3) : 0;
  const { vector: given, next } = vectorAt(args, reduced === 0 ? 2 : 4);
  if (next >= args.count) throw wrongArity("VADD");
  const options = optionsFrom(args, next + 1);
  let set = sets.find(db, key);
  if (set !== undefined) {
    assertFits(set.facts, given.length, reduced, options);
  } else {
    set = sets.create(db, key, {
      quantization: options.quantization,
      links: options.links,
      dim: reduced === 0 ? given.length : reduced,
      inputDim: reduced === 0 ? 0 : given.length,
      lastNumber: 0,
      attributes: 0,
      indexed: 0,
    });
  }
  const { vector, length } = set.prepare(given);
  const isNew = set.add(args.at(next), vector, length, options.attributes);
  keyspace.changed(db, key, "vadd");
  reply.boolean(isNew);
}

function dimensionAt(args: Arguments, index: number): number {
  if (index >= args.count) throw invalidVector();
  const dim = int64At(args, index);
  if (typeof dim !== "number" || dim <= 0 || dim > LARGEST_DIM) throw invalidVector();
  return dim;
}

function optionsFrom(args: Arguments, from: number): Options {
  const options: Options = {
    quantization: QUANTIZATION.INT8,
    links: DEFAULT_LINKS,
    attributes: undefined,
  };
  for (let i = from; i < args.count; i++) {
    const hasNext = i + 1 < args.count;
    // CAS has Redis look for neighbours beside the command; what is stored is the same.
    if (args.is(i, "CAS")) continue;
    if (args.is(i, "NOQUANT") || args.is(i, "BF16")) options.quantization = QUANTIZATION.NONE;
    else if (args.is(i, "Q8")) options.quantization = QUANTIZATION.INT8;
    else if (args.is(i, "BIN")) options.quantization = QUANTIZATION.BINARY;
    else if (args.is(i, "EF") && hasNext) within(args, ++i, 1, MOST_EFFORT, "EF");
    else if (args.is(i, "M") && hasNext) {
      options.links = within(args, ++i, FEWEST_LINKS, MOST_LINKS, "M");
    } else if (args.is(i, "SETATTR") && hasNext) options.attributes = args.at(++i).copy();
    else throw err("invalid option after element");
  }
  return options;
}

function within(args: Arguments, index: number, min: number, max: number, name: string): number {
  const value = int64At(args, index);
  if (typeof value !== "number" || value < min || value > max) throw err(`invalid ${name}`);
  return value;
}

/** @throws {CommandError} If a vector cannot be one of a set's. */
function assertFits(
  facts: SetFacts,
  given: number,
  reduced: number,
  { quantization, links }: Options,
): void {
  if (quantization !== facts.quantization) {
    throw err("asked quantization mismatch with existing vector set");
  }
  if (links !== facts.links) throw err("asked M value mismatch with existing vector set");
  const { dim, inputDim } = facts;
  if (inputDim === 0) {
    if (given !== dim) throw dimensionMismatch(given, dim);
    if (reduced !== 0) throw err("cannot add projection to existing set without projection");
    return;
  }
  if (reduced !== dim) throw dimensionMismatch(given, dim);
  if (given !== inputDim) throw inputMismatch(given, inputDim);
}

/** The error of a vector that a set's projection does not take. */
export function inputMismatch(given: number, inputDim: number) {
  return err(
    `Input dimension mismatch for projection - got ${given} but projection expects ${inputDim}`,
  );
}

/** The error of a vector that has not as many numbers as those of a set. */
export function dimensionMismatch(given: number, dim: number) {
  return err(`Vector dimension mismatch - got ${given} but set has ${dim}`);
}
