/** The commands on single elements of a set, on its size and on its order. */

import { DrawnReply } from "../../../src/commands/table/draws.ts";
import type { Context } from "../../../src/commands/table/command.ts";
import { int64At } from "../../../src/commands/table/options.ts";
import type { Reply } from "../../../src/resp/reply.ts";
import { distinctRanks } from "../../../src/store/collections/random_ranks.ts";
import { err, wrongArity } from "../../../src/store/values/errors.ts";
import type { Slice } from "../../../src/store/values/slice.ts";
import { embedding, QUANTIZATION, QUANTIZATION_NAMES } from "../quantization.ts";
import type { VectorSet } from "../sets/vector_set.ts";
import { vectorSets } from "../sets/vector_sets.ts";

/** The set of the key, for a command with so many arguments. */
export function setOf(context: Context, min: number, max = min): VectorSet | undefined {
  const { args, store, client } = context;
  if (args.count < min || args.count > max) throw wrongArity(args.text(0).toUpperCase());
  return vectorSets.of(store).read(client.db, args.at(1));
}

/** VCARD key */
export function vcard(context: Context): void {
  context.reply.integer(setOf(context, 2)?.collection.length ?? 0);
}

/** VDIM key */
export function vdim(context: Context): void {
  const set = setOf(context, 2);
  if (set === undefined) throw err("key does not exist");
  context.reply.integer(set.facts.dim);
}

/** VISMEMBER key element */
export function vismember(context: Context): void {
  const { args, reply } = context;
  reply.boolean(setOf(context, 3)?.number(args.at(2)) !== undefined);
}

/** VEMB key element [RAW] */
export function vemb(context: Context): void {
  const { args, reply } = context;
  const raw = args.count === 4 && args.is(3, "RAW");
  if (args.count > 3 && !raw) throw err("invalid option");
  const set = setOf(context, 3, 4);
  const coded = set?.coded(args.at(2));
  if (set === undefined || coded === undefined) return reply.null();
  const { quantization, dim } = set.facts;
  if (!raw) return writeVector(reply, embedding(coded, quantization, dim));
  const isInt8 = quantization === QUANTIZATION.INT8;
  reply.array(isInt8 ? 4 : 3);
  reply.status(QUANTIZATION_NAMES[quantization]);
  reply.bulk(coded.code);
  reply.double(coded.length);
  if (isInt8) reply.double(coded.range);
}

/** Writes the numbers of a vector. */
export function writeVector(reply: Reply, vector: Float32Array): void {
  reply.array(vector.length);
  for (const value of vector) reply.double(value);
}

/** VREM key element */
export function vrem({ args, reply, store, client }: Context): void {
  if (args.count !== 3) throw wrongArity("VREM");
  const { keyspace } = store;
  const { db } = client;
  const key = args.at(1);
  const set = vectorSets.of(store).find(db, key);
  if (!set?.remove(args.at(2))) return reply.boolean(false);
  keyspace.changed(db, key, "vrem");
  if (set.collection.length === 0) keyspace.removeEmpty(db, key, set.collection);
  reply.boolean(true);
}

/** Sets attributes, or removes them, and tells of it. @returns Whether there is such an element. */
export function setAttributes(
  { store, client }: Context,
  key: Slice,
  element: Slice,
  attributes: Uint8Array | undefined,
): boolean {
  const set = vectorSets.of(store).find(client.db, key);
  if (!set?.setAttributes(element, attributes)) return false;
  store.keyspace.changed(client.db, key, "vsetattr");
  return true;
}

/** VSETATTR key element attributes */
export function vsetattr(context: Context): void {
  const { args, reply } = context;
  if (args.count !== 4) throw wrongArity("VSETATTR");
  const given = args.at(3);
  const attributes = given.length === 0 ? undefined : given.copy();
  reply.boolean(setAttributes(context, args.at(1), args.at(2), attributes));
}

/** VGETATTR key element */
export function vgetattr(context: Context): void {
  const { args, reply } = context;
  const attributes = setOf(context, 3)?.attributes(args.at(2));
  if (attributes === undefined) reply.null();
  else reply.bulk(attributes);
}

/** VRANDMEMBER key [count] */
export function vrandmember(context: Context): void {
  const { args, reply, store } = context;
  const given = args.count === 3 ? int64At(args, 2) : 1;
  if (given === undefined) throw err("COUNT value is not an integer");
  if (given === 0) return reply.array(0);
  const set = setOf(context, 2, 3);
  const { random } = store.sets;
  if (args.count === 2) {
    if (set === undefined) return reply.null();
    writeElement(context, set, Math.floor(random() * set.collection.length));
    return;
  }
  if (set === undefined) return reply.array(0);
  const count = Number(given);
  const { length } = set.collection;
  if (count < 0) {
    const drawn = new DrawnReply(-count);
    reply.array(-count);
    for (let i = 0; i < -count; i++) {
      drawn.add(writeElement(context, set, Math.floor(random() * length)));
    }
    return;
  }
  if (count >= length) {
    reply.array(length);
    for (let i = 0; i < length; i++) writeElement(context, set, i);
    return;
  }
  reply.array(count);
  for (const place of distinctRanks(count, length, random)) writeElement(context, set, place);
}

/** Writes the element at a place. @returns Its size in bytes. */
function writeElement({ reply, store }: Context, set: VectorSet, place: number): number {
  const row = vectorSets.of(store).vectors.element(set.id, set.numberAt(place));
  if (row === undefined) throw new Error(`vector set ${set.id} lacks a vector that is listed`);
  reply.bulk(row.element);
  return row.element.length;
}

/** VRANGE key start end [count] */
export function vrange(context: Context): void {
  const { args, reply, store } = context;
  const set = setOf(context, 4, 5);
  const start = boundOf(args.at(2)), end = boundOf(args.at(3));
  const given = args.count === 5 ? int64At(args, 4) : -1;
  if (given === undefined) throw err("COUNT value is not an integer");
  const count = given < 0 ? Infinity : Number(given);
  if (set === undefined || start === "+" || end === "-" || count === 0) return reply.array(0);
  const mark = reply.beginArray();
  let found = 0;
  const from = start === "-" ? { bytes: new Uint8Array(0), exclusive: false } : start;
  const limit = count === Infinity ? -1 : count;
  vectorSets.of(store).vectors.each(set.id, from, limit, (element) => {
    if (end !== "+") {
      const order = compare(element, end.bytes);
      if (order > 0 || end.exclusive && order === 0) return false;
    }
    reply.bulk(element);
    return ++found < count;
  });
  reply.endArray(mark, found);
}

type Bound = "-" | "+" | { readonly bytes: Uint8Array; readonly exclusive: boolean };

function boundOf(slice: Slice): Bound {
  const bytes = slice.copy();
  const first = String.fromCharCode(bytes[0] ?? 0);
  if (bytes.length === 1 && (first === "-" || first === "+")) return first;
  if (first !== "[" && first !== "(") throw err("min or max not valid string range item");
  return { bytes: bytes.subarray(1), exclusive: first === "(" };
}

/** The order of bytes. */
function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
