/** JSON.SET, JSON.MSET and JSON.MERGE. */

import type { Arguments } from "../../resp/arguments.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Document } from "../../store/json/document.ts";
import { assertFits } from "../../store/json/documents.ts";
import { notAtRoot, notStatic, wrongKeyType } from "../../store/json/errors.ts";
import { holdInPrecision, type Precision, precisionOf } from "../../store/json/floats.ts";
import { decode, MAX_DEPTH, parseJson } from "../../store/json/parser.ts";
import { matchesAt } from "../../store/json/path/evaluate.ts";
import { isRoot, isStatic, type Path } from "../../store/json/path/syntax.ts";
import { clone, depth, JsonArray, JsonObject, type JsonValue } from "../../store/json/values.ts";
import { CommandError, err, syntaxError, wrongArity } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { changed, documentToChange, pathAt, textAt } from "./arguments.ts";
import { placeOf, type Route, routeOf } from "./places.ts";

const command = commandsOf("json");

/** A value that was given, and how long it is. */
interface Given {
  readonly value: JsonValue;
  /** Bytes of its text, white space included. */
  readonly bytes: number;
}

function givenAt(args: Arguments, index: number): Given {
  const slice = args.at(index);
  assertFits(slice.length);
  return { value: parseJson(decode(slice.view()), false), bytes: slice.length };
}

/** A place to be set: one that is there, or a name that an object is to get. */
interface Target {
  readonly route: Route;
  /** The name; undefined where something is there. */
  readonly added: string | undefined;
}

type Condition = "NX" | "XX" | undefined;

/** The places that a path is about. @throws {CommandError} If there cannot be any. */
function targets(document: Document, path: Path, condition: Condition): Target[] {
  const { root } = document;
  if (condition !== "NX") {
    const matches = matchesAt(path, root);
    if (matches.length > 0) {
      return matches.map(({ place }) => ({ route: routeOf(root, place), added: undefined }));
    }
  }
  return condition === "XX" ? [] : placesToAdd(document, path);
}

function placesToAdd({ root }: Document, path: Path): Target[] {
  if (!isStatic(path)) throw notStatic();
  const last = path.steps.at(-1);
  if (last === undefined) throw new CommandError("Err path must end with object key to set");
  if (last.kind !== "names") {
    if (matchesAt(path, root).length === 0) throw err("array index out of range");
    return [];
  }
  const [added] = last.names;
  const around = { ...path, steps: path.steps.slice(0, -1) };
  return matchesAt(around, root).map(({ place }) => ({ route: routeOf(root, place), added }));
}

/**
 * Makes sure that a value may come to a place: that the document does not become too long or too deep.
 *
 * @throws {CommandError}
 */
export function assertFitsAt(
  context: Context,
  document: Document,
  levels: number,
  value: JsonValue,
  bytes: number,
): void {
  if (levels + depth(value) > MAX_DEPTH) throw new CommandError("recursion limit exceeded");
  context.store.documents.assertRoom(document, bytes);
}

/** How many containers are around the place that is deepest. */
function levelsOf(places: readonly Target[]): number {
  return places.reduce(
    (most, { route, added }) => Math.max(most, route.length + (added === undefined ? 0 : 1)),
    0,
  );
}

/** Sets places to a value. @returns Whether any of them was there. */
function setAll(
  context: Context,
  document: Document,
  places: readonly Target[],
  { value, bytes }: Given,
): boolean {
  const deepest = levelsOf(places);
  assertFitsAt(context, document, deepest, value, bytes * places.length);
  let updated = false;
  for (const [i, { route, added }] of places.entries()) {
    const place = placeOf(document.root, route);
    if (place === undefined) continue;
    const own = i === places.length - 1 ? value : clone(value);
    if (added === undefined) {
      document.replace(place, own);
      updated = true;
    } else if (addTo(document, place, added, own)) {
      updated = true;
    }
  }
  if (updated) context.store.documents.grow(document, bytes * places.length);
  return updated;
}

function valueAt(root: JsonValue, place: readonly number[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const index of place) {
    value = value instanceof JsonArray || value instanceof JsonObject
      ? value.items[index]
      : undefined;
  }
  return value;
}

/** Adds a member, if what is at a place is an object without it. */
function addTo(
  document: Document,
  place: readonly number[],
  key: string,
  value: JsonValue,
): boolean {
  const object = valueAt(document.root, place);
  if (!(object instanceof JsonObject) || object.indexOf(key) >= 0) return false;
  document.add(place, key, value);
  return true;
}

function set(context: Context): void {
  const { args, reply, store, client } = context;
  let condition: Condition;
  let precision: Precision | undefined;
  const path = textAt(args, 2);
  for (let i = 4; i < args.count; i++) {
    if (condition === undefined && args.is(i, "NX")) condition = "NX";
    else if (condition === undefined && args.is(i, "XX")) condition = "XX";
    else if (args.is(i, "FORMAT")) formatAt(args, ++i);
    else if (args.is(i, "FPHA")) precision = precisionAt(args, ++i);
    else throw syntaxError();
  }
  const key = args.at(1);
  const type = store.keyspace.find(client.db, key, true);
  if (type !== TYPE.NONE && type !== TYPE.JSON) throw wrongKeyType();
  const given = givenAt(args, 3);
  if (precision !== undefined) holdInPrecision(given.value, precision);
  if (type === TYPE.NONE) {
    if (condition === "XX") return reply.null();
    if (path !== "." && path !== "$") throw notAtRoot();
    store.documents.set(client.db, key, given.value, given.bytes);
  } else if (path === "." || path === "$") {
    if (condition === "NX") return reply.null();
    store.documents.set(client.db, key, given.value, given.bytes);
  } else {
    const compiled = pathAt(args, 2);
    const document = documentToChange(context)!;
    const places = targets(document, compiled, condition);
    if (places.length === 0 || !setAll(context, document, places, given)) return reply.null();
  }
  changed(context, "json.set");
  reply.ok();
}

/** The format of a value that is given; all but BSON are JSON. @throws {CommandError} */
function formatAt(args: Arguments, index: number): void {
  if (index >= args.count) throw wrongArity("json.set");
  const format = textAt(args, index);
  if (format !== "STRING" && format !== "JSON") throw err("wrong format");
}

/** The precision at an argument. @throws {CommandError} */
function precisionAt(args: Arguments, index: number): Precision {
  if (index >= args.count) throw wrongArity("json.set");
  const precision = precisionOf(textAt(args, index));
  if (precision === undefined) throw err("invalid FPHA type");
  return precision;
}

function merge(context: Context): void {
  const { args, reply, store, client } = context;
  for (let i = 4; i < args.count; i++) {
    if (!args.is(i, "FORMAT")) throw syntaxError();
    formatAt(args, ++i);
  }
  const text = textAt(args, 2);
  const key = args.at(1);
  const type = store.keyspace.find(client.db, key, true);
  if (type !== TYPE.NONE && type !== TYPE.JSON) throw wrongKeyType();
  const given = givenAt(args, 3);
  if (type === TYPE.NONE) {
    if (text !== "." && text !== "$") throw notAtRoot();
    store.documents.set(client.db, key, given.value, given.bytes);
  } else {
    const path = pathAt(args, 2);
    const document = documentToChange(context)!;
    const places = targets(document, path, undefined);
    const deepest = levelsOf(places);
    assertFitsAt(context, document, deepest, given.value, given.bytes * places.length);
    let updated = false;
    for (const { route, added } of places) {
      const place = placeOf(document.root, route);
      if (place === undefined) continue;
      if (added === undefined) {
        mergeAt(document, place, given.value);
        updated = true;
      } else if (addTo(document, place, added, clone(given.value))) {
        updated = true;
      }
    }
    if (!updated) return reply.null();
    store.documents.grow(document, given.bytes * places.length);
  }
  changed(context, "json.merge");
  reply.ok();
}

/** Merges a value into the one at a place: https://www.rfc-editor.org/rfc/rfc7396 */
function mergeAt(document: Document, place: readonly number[], patch: JsonValue): void {
  const target = valueAt(document.root, place);
  if (!(patch instanceof JsonObject)) return document.replace(place, clone(patch));
  if (!(target instanceof JsonObject)) return document.replace(place, merged(patch));
  for (const [i, key] of patch.keys.entries()) {
    const value = patch.items[i]!;
    const at = target.indexOf(key);
    if (value === null) {
      if (at >= 0) document.delete([...place, at]);
    } else if (at >= 0) {
      mergeAt(document, [...place, at], value);
    } else {
      document.add(place, key, value instanceof JsonObject ? merged(value) : clone(value));
    }
  }
}

/** What merging an object into nothing gives: it without what it would take away. */
function merged(patch: JsonObject): JsonObject {
  const object = new JsonObject();
  for (const [i, key] of patch.keys.entries()) {
    const value = patch.items[i]!;
    if (value === null) continue;
    object.set(key, value instanceof JsonObject ? merged(value) : clone(value));
  }
  return object;
}

/** One of the documents that JSON.MSET changes. */
interface Triplet {
  readonly index: number;
  readonly given: Given;
  /** The places to be set; undefined for the whole document. */
  readonly places: readonly Target[] | undefined;
}

function mset(context: Context): void {
  const { args, reply, store, client } = context;
  if ((args.count - 1) % 3 !== 0) throw wrongArity("json.mset");
  const triplets: Triplet[] = [];
  /** What comes into each document by all of the triplets. */
  const added = new Map<Document, number>();
  for (let i = 1; i < args.count; i += 3) {
    const document = documentToChange(context, i);
    const path = pathAt(args, i + 1);
    if (document === undefined && !isRoot(path)) throw notAtRoot();
    const places = document === undefined || isRoot(path)
      ? undefined
      : targets(document, path, undefined);
    const given = givenAt(args, i + 2);
    if (places !== undefined && document !== undefined) {
      const bytes = (added.get(document) ?? 0) + given.bytes * places.length;
      added.set(document, bytes);
      assertFitsAt(context, document, levelsOf(places), given.value, bytes);
    }
    triplets.push({ index: i, given, places });
  }
  for (const { index, given, places } of triplets) {
    if (places === undefined) {
      store.documents.set(client.db, args.at(index), given.value, given.bytes);
    } else {
      const document = documentToChange(context, index);
      const updated = document !== undefined && places.length > 0 &&
        setAll(context, document, places, given);
      if (!updated) continue;
    }
    changed(context, "json.mset", index);
  }
  reply.ok();
}

const writing = {
  flags: "write denyoom",
  effects: "itself",
  acl: "json",
  keys: ["1 RW access update"],
} as const;

/** The commands that set values. */
export const settingCommands: readonly Command[] = [
  command("JSON.MERGE key path value", {
    ...writing,
    since: "2.6.0",
    arity: -4,
    complexity: "O(M+N) in the sizes of both values",
    summary: "Merges a value into those at a path: members are set, and deleted where it has null.",
  }, merge),
  command("JSON.MSET key path value [key path value ...]", {
    ...writing,
    since: "2.6.0",
    arity: -4,
    keys: ["1..-1/3 RW access update"],
    complexity: "O(K*(M+N)) in the number of keys and the sizes of the values",
    summary: "Sets values in several documents, in all or in none.",
  }, mset),
  command("JSON.SET key path value [NX | XX] [FPHA <FP16 | BF16 | FP32 | FP64>]", {
    ...writing,
    since: "1.0.0",
    arity: -4,
    complexity: "O(M+N) in the sizes of the old and the new value",
    summary: "Sets the values at a path, or makes a document.",
  }, set),
];
