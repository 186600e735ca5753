/** JSON.GET and JSON.MGET. */

import type { Reply } from "../../resp/reply.ts";
import { noPath } from "../../store/json/errors.ts";
import { compilePath } from "../../store/json/path/compile.ts";
import { valuesAt } from "../../store/json/path/evaluate.ts";
import { isRoot, type Path } from "../../store/json/path/syntax.ts";
import { jsonText, quoted, spacedText, type Spacing } from "../../store/json/text.ts";
import {
  asDouble,
  isInteger,
  isNumber,
  JsonArray,
  JsonObject,
  type JsonValue,
} from "../../store/json/values.ts";
import { CommandError, err, wrongArity } from "../../store/values/errors.ts";
import { TYPE } from "../../store/file/schema.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import { collectionToRead, isLegacy, textAt } from "./arguments.ts";

const command = commandsOf("json");

/** How values are replied with. */
export type ReplyFormat = "STRING" | "EXPAND1" | "EXPAND";

/** The format at an argument. @throws {CommandError} */
export function formatOf(text: string): ReplyFormat {
  if (text === "STRING" || text === "EXPAND1" || text === "EXPAND") return text;
  throw err("wrong reply format");
}

/** What of JSON.GET is optional. */
interface GetOptions {
  spacing: Spacing | undefined;
  format: ReplyFormat;
  paths: string[];
}

/** The longest word that is an option. */
const LONGEST_OPTION = "NOESCAPE".length;

function getOptions({ args, reply }: Context): GetOptions {
  const options: GetOptions = { spacing: undefined, format: "STRING", paths: [] };
  const next = (index: number) => {
    if (index >= args.count) throw wrongArity("json.get");
    return textAt(args, index);
  };
  const space = (part: Partial<Spacing>) => {
    options.spacing = { indent: "", newline: "", space: "", ...options.spacing, ...part };
  };
  for (let i = 2; i < args.count; i++) {
    const short = args.at(i).length <= LONGEST_OPTION;
    if (short && args.is(i, "INDENT")) space({ indent: next(++i) });
    else if (short && args.is(i, "NEWLINE")) space({ newline: next(++i) });
    else if (short && args.is(i, "SPACE")) space({ space: next(++i) });
    else if (short && args.is(i, "FORMAT")) {
      if (reply.protocol !== 3 && options.paths.length === 0) {
        throw err("FORMAT argument is not supported on RESP2");
      }
      options.format = formatOf(next(++i));
    } else if (!short || !args.is(i, "NOESCAPE")) options.paths.push(textAt(args, i));
  }
  return options;
}

const OPEN = 0x5b, CLOSE = 0x5d;

function get(context: Context): void {
  const { args, reply, store } = context;
  const options = args.count === 2 ? undefined : getOptions(context);
  const collection = collectionToRead(context);
  if (collection === undefined) return reply.null();
  const paths = options?.paths ?? [];
  const expanded = reply.protocol === 3 && options !== undefined && options.format !== "STRING";
  const [first = "."] = paths;
  if (
    paths.length <= 1 && options?.spacing === undefined && !expanded &&
    (first === "." || first === "$")
  ) {
    const text = store.documents.text(collection);
    if (first === ".") return reply.bulk(text.bytes, text.start, text.end);
    const whole = new Uint8Array(text.length + 2);
    whole[0] = OPEN;
    text.copyInto(whole, 1);
    whole[whole.length - 1] = CLOSE;
    return reply.bulk(whole);
  }
  const { root } = store.documents.read(collection);
  const { spacing, format } = options ?? { spacing: undefined, format: "STRING" };
  if (expanded) {
    return replyExpanded(reply, root, paths.length === 0 ? ["."] : paths, format, spacing);
  }
  if (paths.length > 1) return reply.text(severalPaths(root, paths, spacing));
  const path = compilePath(first);
  const values = valuesAt(path, root);
  if (!path.legacy) return reply.text(textOf(new JsonArray(values), spacing));
  const [value] = values;
  if (value === undefined) throw noPath(path.text);
  reply.text(textOf(value, spacing));
}

/** A value's text in the white space that was asked for. */
export function textOf(value: JsonValue, spacing: Spacing | undefined): string {
  return spacing === undefined ? jsonText(value) : spacedText(value, spacing);
}

/** An object of each path with what it leads to. What cannot be read as a path is left out. */
function severalPaths(
  root: JsonValue,
  paths: readonly string[],
  spacing: Spacing | undefined,
): string {
  const read = paths.map((text) => ({ text, path: readable(text) }));
  const legacy = read.every(({ text, path }) => path?.legacy ?? isLegacy(text));
  const found = new JsonObject();
  let missing: string | undefined;
  for (const { text, path } of read) {
    if (path === undefined) continue;
    const values = valuesAt(path, root);
    const value = legacy ? values[0] : new JsonArray(values);
    if (value === undefined) missing ??= text;
    else found.set(text, value);
  }
  if (missing !== undefined) throw noPath(missing);
  return textOf(found, spacing);
}

function readable(text: string): Path | undefined {
  try {
    return compilePath(text);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** For each path an array of the values it leads to, as values of RESP3. */
function replyExpanded(
  reply: Reply,
  root: JsonValue,
  paths: readonly string[],
  format: ReplyFormat,
  spacing: Spacing | undefined,
): void {
  reply.array(paths.length);
  for (const text of paths) {
    const path = readable(text);
    const values = path === undefined ? [] : valuesAt(path, root);
    reply.array(values.length);
    for (const value of values) replyValue(reply, value, format, spacing);
  }
}

/** A value as RESP3 has it: texts and containers as JSON, unless all is to be taken apart. */
export function replyValue(
  reply: Reply,
  value: JsonValue,
  format: ReplyFormat,
  spacing: Spacing | undefined,
): void {
  if (value === null) return reply.null();
  if (typeof value === "boolean") return reply.boolean(value);
  if (isNumber(value)) return replyNumber(reply, value);
  if (format !== "EXPAND") {
    return reply.text(typeof value === "string" ? quoted(value) : textOf(value, spacing));
  }
  if (typeof value === "string") return reply.text(value);
  if (value instanceof JsonArray) {
    reply.array(value.items.length);
    for (const item of value.items) replyValue(reply, item, format, spacing);
    return;
  }
  reply.map(value.keys.length);
  for (const [i, key] of value.keys.entries()) {
    reply.text(key);
    replyValue(reply, value.items[i]!, format, spacing);
  }
}

const INT64_LIMIT = 2n ** 63n;

/** A number: an integer if it is one of 64 bits with a sign. */
export function replyNumber(reply: Reply, value: JsonValue): void {
  if (!isNumber(value)) return reply.null();
  if (isInteger(value) && (typeof value === "number" || value < INT64_LIMIT)) reply.integer(value);
  else reply.double(asDouble(value));
}

function mget(context: Context): void {
  const { args, reply, store, client } = context;
  const path = textAt(args, args.count - 1);
  const compiled = readable(path);
  reply.array(args.count - 2);
  store.engine.read();
  for (let i = 1; i < args.count - 1; i++) {
    const type = store.keyspace.read(client.db, args.at(i));
    const { collection } = store.keyspace.row;
    if (type !== TYPE.JSON || collection === undefined || compiled === undefined) {
      reply.null();
      continue;
    }
    if (compiled.legacy && isRoot(compiled)) {
      const text = store.documents.text(collection);
      reply.bulk(text.bytes, text.start, text.end);
      continue;
    }
    const values = valuesAt(compiled, store.documents.read(collection).root);
    const value = compiled.legacy ? values[0] : new JsonArray(values);
    if (value === undefined) reply.null();
    else reply.text(jsonText(value));
  }
}

/** JSON.GET and JSON.MGET. */
export const gettingCommands: readonly Command[] = [
  command(
    "JSON.GET key [INDENT indent] [NEWLINE newline] [SPACE space] [FORMAT <STRING | EXPAND1 | EXPAND>] [path [path ...]]",
    {
      since: "1.0.0",
      arity: -2,
      flags: "readonly",
      acl: "json",
      keys: ["1 RO access"],
      complexity: "O(N) in the size of the values",
      summary: "Returns the values at paths of a JSON document, as JSON.",
    },
    get,
  ),
  command("JSON.MGET key [key ...] path", {
    since: "1.0.0",
    arity: -3,
    flags: "readonly",
    acl: "json",
    keys: ["1..-2 RO access"],
    complexity: "O(M*N) in the number of keys and the size of the values",
    summary: "Returns the values at a path of several JSON documents.",
  }, mget),
];
