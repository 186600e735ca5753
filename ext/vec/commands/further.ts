/** Commands that Redis does not have, but the Redlite written in Rust does. */

import type { Context } from "../../../src/commands/table/command.ts";
import { err, wrongArity } from "../../../src/store/values/errors.ts";
import { embedding } from "../quantization.ts";
import { vectorSets } from "../sets/vector_sets.ts";
import { setAttributes, setOf, writeVector } from "./elements.ts";

/** Elements read by one statement. */
const PAGE = 500;

/** VGETALL key: each element and its vector. */
export function vgetall(context: Context): void {
  const { reply, store } = context;
  const set = setOf(context, 2);
  if (set === undefined) return reply.array(0);
  const { quantization, dim } = set.facts;
  const { vectors } = vectorSets.of(store);
  reply.array(set.collection.length);
  let from: { bytes: Uint8Array; exclusive: boolean } = {
    bytes: new Uint8Array(0),
    exclusive: false,
  };
  for (let left = set.collection.length; left > 0; left -= PAGE) {
    const page: [Uint8Array, number][] = [];
    vectors.each(set.id, from, PAGE, (element, number) => page.push([element, number]) > 0);
    for (const [element, number] of page) {
      const coded = set.codedAt(number);
      if (coded === undefined) throw new Error(`vector set ${set.id} has no vector ${number}`);
      reply.array(2);
      reply.bulk(element);
      writeVector(reply, embedding(coded, quantization, dim));
      from = { bytes: element, exclusive: true };
    }
  }
}

/** VGETATTRIBUTES key element [element ...]: each element and its attributes. */
export function vgetattributes(context: Context): void {
  const { args, reply } = context;
  const set = setOf(context, 3, Infinity);
  reply.map(args.count - 2);
  for (let i = 2; i < args.count; i++) {
    const attributes = set?.attributes(args.at(i));
    reply.value(args.at(i));
    if (attributes === undefined) reply.null();
    else reply.bulk(attributes);
  }
}

/** VSETATTRIBUTES key element attributes */
export function vsetattributes(context: Context): void {
  const { args, reply } = context;
  if (args.count !== 4) throw wrongArity("VSETATTRIBUTES");
  if (!setAttributes(context, args.at(1), args.at(2), args.at(3).copy())) throw noSuchElement();
  reply.ok();
}

/** VDELATTRIBUTES key element */
export function vdelattributes(context: Context): void {
  const { args, reply } = context;
  if (args.count !== 3) throw wrongArity("VDELATTRIBUTES");
  if (!setAttributes(context, args.at(1), args.at(2), undefined)) throw noSuchElement();
  reply.ok();
}

const noSuchElement = () => err("element not found in set");
