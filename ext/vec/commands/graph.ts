/**
 * VINFO and VLINKS: a set as the graph that Redis keeps. Here is none, so the links of an element are
 * its nearest neighbours, on as many levels as its number says.
 *
 * @module
 */

import type { Context } from "../../../src/commands/table/command.ts";
import { wrongArity } from "../../../src/store/values/errors.ts";
import { QUANTIZATION_NAMES } from "../quantization.ts";
import { levelOf } from "../sets/levels.ts";
import { vectorSets } from "../sets/vector_sets.ts";
import { setOf } from "./elements.ts";

/** VINFO key */
export function vinfo(context: Context): void {
  const { reply } = context;
  const set = setOf(context, 2);
  if (set === undefined) return reply.nullArray();
  const { facts, collection } = set;
  const fields: readonly (readonly [string, number])[] = [
    ["hnsw-m", facts.links],
    ["vector-dim", facts.dim],
    ["projection-input-dim", facts.inputDim],
    ["size", collection.length],
    ["max-level", set.maxLevel()],
    ["attributes-count", facts.attributes],
    ["vset-uid", collection.id],
    ["hnsw-max-node-uid", facts.lastNumber],
  ];
  reply.map(fields.length + 1);
  reply.status("quant-type");
  reply.status(QUANTIZATION_NAMES[facts.quantization]);
  for (const [name, value] of fields) {
    reply.status(name);
    reply.integer(value);
  }
}

/** VLINKS key element [WITHSCORES] */
export function vlinks(context: Context): void {
  const { args, reply, store } = context;
  const scores = args.count === 4 && args.is(3, "WITHSCORES");
  if (args.count === 4 && !scores) throw wrongArity("VLINKS");
  const set = setOf(context, 3, 4);
  const number = set?.number(args.at(2));
  if (set === undefined || number === undefined) return reply.null();
  const { vectors } = vectorSets.of(store);
  const highest = levelOf(number);
  reply.array(highest + 1);
  for (let level = highest; level >= 0; level--) {
    const { numbers, distances } = set.neighbours(number, level);
    if (scores) reply.map(numbers.length);
    else reply.array(numbers.length);
    for (const [i, other] of numbers.entries()) {
      reply.bulk(vectors.element(set.id, other)?.element ?? new Uint8Array(0));
      if (scores) reply.double(1 - distances[i]! / 2);
    }
  }
}
