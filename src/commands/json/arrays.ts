/** The JSON commands that change arrays. */

import type { Document } from "../../store/json/document.ts";
import { noPathOr } from "../../store/json/errors.ts";
import { compilePath } from "../../store/json/path/compile.ts";
import { type Match, matchesAt } from "../../store/json/path/evaluate.ts";
import type { Path } from "../../store/json/path/syntax.ts";
import { jsonText } from "../../store/json/text.ts";
import { clone, JsonArray, type JsonValue } from "../../store/json/values.ts";
import { err, wrongArity } from "../../store/values/errors.ts";
import type { Arguments } from "../../resp/arguments.ts";
import { int64At } from "../table/options.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import {
  changed,
  jsonAt,
  jsonIntegerAt,
  replyEach,
  requiredDocument,
  textAt,
} from "./arguments.ts";
import { formatOf, type ReplyFormat, replyValue } from "./getting.ts";
import { placeOf, type Route, routeOf } from "./places.ts";
import { assertFitsAt } from "./setting.ts";

const command = commandsOf("json");

/** An array that a path leads to; undefined where it leads to something else. */
type Found = { readonly array: JsonArray; readonly route: Route } | undefined;

function arraysAt(document: Document, path: Path): Found[] {
  const { root } = document;
  return matchesAt(path, root).map(({ value, place }: Match) =>
    value instanceof JsonArray ? { array: value, route: routeOf(root, place) } : undefined
  );
}

/** Changes arrays one after the other, where each is then; one that is gone by then stays as it is. */
function changeEach<T>(
  document: Document,
  found: readonly Found[],
  change: (array: JsonArray, place: readonly number[]) => T | undefined,
): (T | undefined)[] {
  return found.map((one) => {
    const place = one && placeOf(document.root, one.route);
    return one === undefined || place === undefined ? undefined : change(one.array, place);
  });
}

/** Replies with a length for each array, or with the last of a legacy path. @throws {CommandError} */
function replyLengths(
  { reply }: Context,
  path: Path,
  shown: string,
  lengths: readonly (number | undefined)[],
): void {
  if (!path.legacy) return replyEach(reply, lengths, (length) => reply.integer(length));
  const last = lengths.findLast((length) => length !== undefined);
  if (last === undefined) throw noPathOr(shown, "not an array");
  reply.integer(last);
}

/** The values from an argument on, and their bytes. */
function valuesFrom(args: Arguments, index: number): { values: JsonValue[]; bytes: number } {
  const values: JsonValue[] = [];
  let bytes = 0;
  for (let i = index; i < args.count; i++) {
    values.push(jsonAt(args, i));
    bytes += args.at(i).length + 1;
  }
  return { values, bytes };
}

/** Makes sure that values may come into each of the arrays. */
function assertFitInto(
  context: Context,
  document: Document,
  found: readonly Found[],
  { values, bytes }: { readonly values: readonly JsonValue[]; readonly bytes: number },
): void {
  const levels = found.reduce((most, one) => Math.max(most, (one?.route.length ?? -1) + 1), 0);
  const count = found.filter((one) => one !== undefined).length;
  for (const value of values) assertFitsAt(context, document, levels, value, bytes * count);
}

/** Counts what came into arrays, and tells of the change, if there was any. */
function told(
  context: Context,
  document: Document,
  lengths: readonly (number | undefined)[],
  bytes: number,
  event: string,
): void {
  const arrays = lengths.filter((length) => length !== undefined).length;
  if (arrays === 0) return;
  context.store.documents.grow(document, bytes * arrays);
  changed(context, event);
}

function arrappend(context: Context): void {
  const { args } = context;
  const text = textAt(args, 2);
  const given = valuesFrom(args, 3);
  const document = requiredDocument(context);
  const path = compilePath(text);
  const found = arraysAt(document, path);
  assertFitInto(context, document, found, given);
  const lengths = changeEach(document, found, (array, place) => {
    document.insert(place, array.items.length, given.values.map(clone));
    return array.items.length;
  });
  told(context, document, lengths, given.bytes, "json.arrappend");
  replyLengths(context, path, text, lengths);
}

function arrinsert(context: Context): void {
  const { args } = context;
  const text = textAt(args, 2);
  const index = jsonIntegerAt(args, 3);
  const given = valuesFrom(args, 4);
  const document = requiredDocument(context);
  const path = compilePath(text);
  const found = arraysAt(document, path);
  for (const one of found) {
    if (one !== undefined) insertionAt(one.array, index);
  }
  assertFitInto(context, document, found, given);
  const lengths = changeEach(document, found, (array, place) => {
    document.insert(place, insertionAt(array, index), given.values.map(clone));
    return array.items.length;
  });
  told(context, document, lengths, given.bytes, "json.arrinsert");
  replyLengths(context, path, path.text, lengths);
}

/** Where an index is in an array to insert before. @throws {CommandError} */
function insertionAt({ items }: JsonArray, index: number): number {
  const at = index < 0 ? items.length + index : index;
  if (at < 0 || at > items.length) throw err("index out of bounds");
  return at;
}

/** JSON.ARRPOP's arguments. */
function popOptions(
  { args, reply }: Context,
): { path: string; index: number; format: ReplyFormat } {
  let at = 2;
  let format: ReplyFormat = "STRING";
  if (at < args.count && args.is(at, "FORMAT")) {
    if (reply.protocol !== 3) throw err("FORMAT argument is not supported on RESP2");
    if (at + 1 >= args.count) throw wrongArity("json.arrpop");
    format = formatOf(textAt(args, at + 1));
    at += 2;
  }
  const path = at < args.count ? textAt(args, at) : ".";
  // What is no index is the last one, as in RedisJSON.
  const index = at + 1 < args.count ? int64At(args, at + 1) ?? -1 : -1;
  return { path, index: Number(index), format };
}

function arrpop(context: Context): void {
  const { reply } = context;
  const { path: text, index, format } = popOptions(context);
  const document = requiredDocument(context);
  const path = compilePath(text);
  const found = arraysAt(document, path);
  let any = false;
  const popped = changeEach(document, found, (array, place): JsonValue | undefined => {
    any = true;
    const { length } = array.items;
    if (length === 0) return undefined;
    const at = index < 0 ? Math.max(0, length + index) : Math.min(index, length - 1);
    const value = array.items[at];
    document.remove(place, at, 1);
    return value;
  });
  if (path.legacy && !any) throw noPathOr(path.text, "not an array");
  if (any) changed(context, "json.arrpop");
  const write = (value: JsonValue | undefined) => {
    if (value === undefined) reply.null();
    else if (format === "STRING") reply.text(jsonText(value));
    else replyValue(reply, value, format, undefined);
  };
  if (path.legacy) {
    const last = found.findLastIndex((one) => one !== undefined);
    return write(popped[last]);
  }
  reply.array(popped.length);
  for (const value of popped) write(value);
}

function arrtrim(context: Context): void {
  const { args } = context;
  const text = textAt(args, 2);
  const start = jsonIntegerAt(args, 3);
  const stop = jsonIntegerAt(args, 4);
  const document = requiredDocument(context);
  const path = compilePath(text);
  const found = arraysAt(document, path);
  const lengths = changeEach(document, found, (array, place) => {
    const { length } = array.items;
    const last = absolute(stop, length);
    const first = start < length ? absolute(start, length) : last + 1;
    if (first > last || length === 0) {
      if (length > 0) document.clear(place);
      return 0;
    }
    if (last + 1 < length) document.remove(place, last + 1, length - last - 1);
    if (first > 0) document.remove(place, 0, first);
    return last + 1 - first;
  });
  if (lengths.some((length) => length !== undefined)) changed(context, "json.arrtrim");
  replyLengths(context, path, path.text, lengths);
}

/** An index from the start, within an array. */
function absolute(index: number, length: number): number {
  return index < 0 ? Math.max(0, length + index) : Math.min(index, length - 1);
}

const writing = { since: "1.0.0", acl: "json", keys: ["1 RW access update"] } as const;
const COMPLEXITY = "O(N) in the size of the arrays; O(1) at the end of one";

/** The commands that change arrays. */
export const arrayCommands: readonly Command[] = [
  command("JSON.ARRAPPEND key path value [value ...]", {
    ...writing,
    flags: "write denyoom",
    effects: "itself",
    arity: -4,
    complexity: COMPLEXITY,
    summary: "Appends values to arrays.",
  }, arrappend),
  command("JSON.ARRINSERT key path index value [value ...]", {
    ...writing,
    flags: "write denyoom",
    effects: "itself",
    arity: -5,
    complexity: COMPLEXITY,
    summary: "Inserts values into arrays before an index.",
  }, arrinsert),
  command("JSON.ARRPOP key [path [index]]", {
    ...writing,
    flags: "write",
    effects: "itself",
    arity: -2,
    complexity: COMPLEXITY,
    summary: "Removes an element of arrays and returns it.",
  }, arrpop),
  command("JSON.ARRTRIM key path start stop", {
    ...writing,
    flags: "write",
    effects: "itself",
    arity: 5,
    complexity: COMPLEXITY,
    summary: "Keeps a range of the elements of arrays.",
  }, arrtrim),
];
