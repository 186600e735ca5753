/** The JSON commands that change values by what they are: numbers, strings, booleans, and what is to go. */

import { noPathOr, shown } from "../../store/json/errors.ts";
import type { Document } from "../../store/json/document.ts";
import { compilePath } from "../../store/json/path/compile.ts";
import { type Match, matchesAt, type Place } from "../../store/json/path/evaluate.ts";
import { isRoot } from "../../store/json/path/syntax.ts";
import { byteLength, jsonText } from "../../store/json/text.ts";
import {
  asDouble,
  doubleValue,
  integerValue,
  isContainer,
  isInteger,
  isNumber,
  JsonArray,
  type JsonNumber,
  type JsonValue,
} from "../../store/json/values.ts";
import { CommandError, err } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import {
  changed,
  documentToChange,
  pathAt,
  replyEach,
  requiredDocument,
  strictJson,
  textAt,
} from "./arguments.ts";
import { inOrderOfDeletion, placeOf, routeOf } from "./places.ts";
import { replyNumber } from "./getting.ts";

const command = commandsOf("json");

/** What each match becomes, where what a path leads to twice is changed twice; undefined for no change. */
function become<T extends JsonValue>(
  matches: readonly Match[],
  next: (value: JsonValue) => T | undefined,
): (T | undefined)[] {
  const now = new Map<string, JsonValue>();
  return matches.map(({ place, value }) => {
    const name = place.join();
    const after = next(now.get(name) ?? value);
    if (after !== undefined) now.set(name, after);
    return after;
  });
}

/** Puts new values in their places; they have no others in them. @returns Whether there were any. */
function replaceAll(
  document: Document,
  matches: readonly { readonly place: Place }[],
  values: readonly (JsonValue | undefined)[],
): boolean {
  let any = false;
  for (const [i, { place }] of matches.entries()) {
    const value = values[i];
    if (value === undefined) continue;
    document.replace(place, value);
    any = true;
  }
  return any;
}

/** Two operations: on integers, which go round at 64 bits, and on doubles. */
interface NumberOperation {
  readonly name: string;
  integers(a: bigint, b: bigint): bigint;
  doubles(a: number, b: number): number;
}

const INT64_LIMIT = 2n ** 63n;

/** An integer of 64 bits; undefined of a double or a larger one. */
function int64(value: JsonNumber): bigint | undefined {
  if (!isInteger(value)) return undefined;
  const integer = BigInt(value);
  return integer < INT64_LIMIT ? integer : undefined;
}

function operate(value: JsonNumber, by: JsonNumber, operation: NumberOperation): JsonNumber {
  if (typeof value === "number" && typeof by === "number" && isInteger(value) && isInteger(by)) {
    const result = operation.doubles(value, by);
    if (Number.isSafeInteger(result)) return Object.is(result, -0) ? 0 : result;
  }
  const a = int64(value), b = int64(by);
  if (a !== undefined && b !== undefined) {
    return integerValue(BigInt.asIntN(64, operation.integers(a, b)));
  }
  const result = operation.doubles(asDouble(value), asDouble(by));
  if (!Number.isFinite(result)) throw err("result is not a number");
  return doubleValue(result);
}

function numberCommand(operation: NumberOperation): (context: Context) => void {
  return (context) => {
    const { args, reply, store } = context;
    const text = textAt(args, 2);
    const numberText = textAt(args, 3);
    const document = requiredDocument(context);
    const path = compilePath(text);
    const matches = matchesAt(path, document.root);
    let by: JsonNumber | undefined;
    const results = become(matches, (value) => {
      if (!isNumber(value)) return undefined;
      if (by === undefined) {
        const given = strictJson(numberText);
        if (!isNumber(given)) throw new CommandError("bad input number");
        by = given;
      }
      return operate(value, by, operation);
    });
    // A number has 25 characters at most.
    store.documents.assertRoom(document, 25 * matches.length);
    const any = replaceAll(document, matches, results);
    const last = results.findLast((result) => result !== undefined);
    if (any) changed(context, operation.name);
    if (reply.protocol === 3) {
      return replyEach(reply, results, (result) => replyNumber(reply, result));
    }
    if (!path.legacy) {
      return reply.text(jsonText(new JsonArray(results.map((result) => result ?? null))));
    }
    if (last === undefined) throw noPathOr(path.text, "does not contains a number");
    reply.text(jsonText(last));
  };
}

/** A power, at 64 bits; a negative exponent counts as one of 32 bits without a sign, as in RedisJSON. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let left = BigInt.asUintN(32, exponent); left > 0n; left >>= 1n) {
    if (left & 1n) result = BigInt.asIntN(64, result * base);
    base = BigInt.asIntN(64, base * base);
  }
  return result;
}

const numincrby = numberCommand({
  name: "json.numincrby",
  integers: (a, b) => a + b,
  doubles: (a, b) => a + b,
});
const nummultby = numberCommand({
  name: "json.nummultby",
  integers: (a, b) => a * b,
  doubles: (a, b) => a * b,
});
const numpowby = numberCommand({
  name: "json.numpowby",
  integers: power,
  doubles: (a, b) => a ** b,
});

function strappend(context: Context): void {
  const { args, reply, store } = context;
  const path = args.count > 3 ? textAt(args, 2) : ".";
  const given = textAt(args, args.count > 3 ? 3 : 2);
  const document = requiredDocument(context);
  const compiled = compilePath(path);
  const matches = matchesAt(compiled, document.root);
  let added: string | undefined;
  const results = become(matches, (value) => {
    if (typeof value !== "string") return undefined;
    if (added === undefined) {
      const parsed = strictJson(given);
      if (typeof parsed !== "string") {
        throw new CommandError(
          `WRONGTYPE wrong type of path value - expected string but found ${shown(given)}`,
        );
      }
      added = parsed;
    }
    return value + added;
  });
  const more = byteLength(given) * results.filter((text) => text !== undefined).length;
  store.documents.assertRoom(document, more);
  const any = replaceAll(document, matches, results);
  if (any) {
    store.documents.grow(document, more);
    changed(context, "json.strappend");
  }
  const lengths = results.map((text) => text === undefined ? undefined : byteLength(text));
  if (!compiled.legacy) return replyEach(reply, lengths, (length) => reply.integer(length));
  const last = lengths.findLast((length) => length !== undefined);
  if (last === undefined) throw noPathOr(compiled.text, "not a string");
  reply.integer(last);
}

function toggle(context: Context): void {
  const { args, reply } = context;
  const text = textAt(args, 2);
  const document = requiredDocument(context);
  const path = compilePath(text);
  const matches = matchesAt(path, document.root);
  const results = become(matches, (value) => typeof value === "boolean" ? !value : undefined);
  if (replaceAll(document, matches, results)) changed(context, "json.toggle");
  if (!path.legacy) return replyEach(reply, results, (result) => reply.integer(Number(result)));
  const last = results.findLast((result) => result !== undefined);
  if (last === undefined) throw noPathOr(path.text, "not a bool");
  reply.text(String(last));
}

/** Whether a value is something that JSON.CLEAR changes. */
function isClearable(value: JsonValue): boolean {
  if (isContainer(value)) return value.items.length > 0;
  return isNumber(value) && asDouble(value) !== 0;
}

function clear(context: Context): void {
  const { args, reply } = context;
  const document = requiredDocument(context);
  const { root } = document;
  const path = pathAt(args, 2);
  const routes = matchesAt(path, root).filter(({ value }) => isClearable(value))
    .map(({ place }) => routeOf(root, place));
  let cleared = 0;
  for (const route of inOrderOfDeletion(routes)) {
    const place = placeOf(document.root, route);
    if (place === undefined) continue;
    if (isContainerAt(document.root, place)) document.clear(place);
    else document.replace(place, 0);
    cleared++;
  }
  if (cleared > 0) changed(context, "json.clear");
  reply.integer(cleared);
}

function isContainerAt(root: JsonValue, place: Place): boolean {
  let value: JsonValue | undefined = root;
  for (const index of place) value = isContainer(value) ? value.items[index] : undefined;
  return isContainer(value);
}

function del(context: Context): void {
  const { args, reply, store, client } = context;
  const document = documentToChange(context);
  if (document === undefined) return reply.integer(0);
  const path = pathAt(args, 2);
  if (isRoot(path)) {
    store.keyspace.remove(client.db, args.at(1));
    store.keyspace.changed(client.db, args.at(1), "json.del");
    return reply.integer(1);
  }
  const { root } = document;
  const routes = matchesAt(path, root).map(({ place }) => routeOf(root, place));
  let deleted = 0;
  for (const route of inOrderOfDeletion(routes)) {
    const place = placeOf(document.root, route);
    if (place === undefined || place.length === 0) continue;
    document.delete(place);
    deleted++;
  }
  if (deleted > 0) changed(context, "json.del");
  reply.integer(deleted);
}

const writing = { since: "1.0.0", acl: "json", keys: ["1 RW access update"] } as const;
const LINEAR =
  "O(1) for one value; O(N) in the size of the document where the path leads to several";
const DELETION = {
  ...writing,
  flags: "write",
  effects: "itself",
  arity: -2,
  keys: ["1 RW delete"],
  complexity: "O(N) in the size of the deleted values",
  summary: "Deletes the values at a path, or the document.",
} as const;

/** The commands that change numbers, strings and booleans, empty containers and delete. */
export const changingCommands: readonly Command[] = [
  command("JSON.CLEAR key [path]", {
    ...writing,
    since: "2.0.0",
    flags: "write",
    effects: "itself",
    arity: -2,
    complexity: "O(N) in the size of the values",
    summary: "Empties containers and sets numbers to 0.",
  }, clear),
  command("JSON.DEL key [path]", DELETION, del),
  command("JSON.FORGET key [path]", DELETION, del),
  command("JSON.NUMINCRBY key path value", {
    ...writing,
    flags: "write",
    effects: "itself",
    arity: 4,
    complexity: LINEAR,
    summary: "Adds a number to numbers.",
  }, numincrby),
  command("JSON.NUMMULTBY key path value", {
    ...writing,
    flags: "write",
    effects: "itself",
    arity: 4,
    complexity: LINEAR,
    summary: "Multiplies numbers by a number.",
  }, nummultby),
  command("JSON.NUMPOWBY key path value", {
    ...writing,
    flags: "write",
    effects: "itself",
    arity: 4,
    complexity: LINEAR,
    summary: "Raises numbers to a power.",
  }, numpowby),
  command("JSON.STRAPPEND key [path] value", {
    ...writing,
    flags: "write denyoom",
    effects: "itself",
    arity: -3,
    complexity: LINEAR,
    summary: "Appends a string to strings.",
  }, strappend),
  command("JSON.TOGGLE key path", {
    ...writing,
    since: "2.0.0",
    flags: "write denyoom",
    effects: "itself",
    arity: 3,
    complexity: LINEAR,
    summary: "Turns booleans into their opposites.",
  }, toggle),
];
